import type { FastifyInstance } from 'fastify';

/**
 * What every answer begins with; pages replace what they need otherwise (`docsPolicy`, admin-assets.ts). These are
 * helmet's headers without those that only pages or browsers of the past need, and with a policy that allows nothing: an answer of
 * the API is never a page. Written down once, since helmet words them anew for each request.
 *
 * No CORS header is among them, so browsers let no other site read an answer. Answers may hold a secret that is shown
 * once, so no cache keeps them.
 */
const always = [
  ['content-security-policy', "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['cache-control', 'no-store'],
] as const;

/** A year: what browsers' preload lists ask for at least. */
const hsts = ['strict-transport-security', 'max-age=31536000; includeSubDomains'] as const;

export function registerSecurityHeaders(
  app: FastifyInstance,
  { isProduction }: { readonly isProduction: boolean },
): void {
  app.addHook('onRequest', (request, reply, done) => {
    for (const [name, value] of always) reply.header(name, value);
    // Over plain HTTP browsers ignore it; on a developer's machine it would lock them out of http://localhost.
    if (isProduction || request.protocol === 'https') reply.header(hsts[0], hsts[1]);
    reply.header('x-request-id', request.id);
    done();
  });
}

/**
 * What `/docs` may do: files from here, and nothing inline but styles, which swagger-ui sets on its elements. Its logo and
 * icons are data: URLs.
 */
export const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
