import type { FastifyInstance } from 'fastify';

/**
 * Headers of every response. Pages override some of them (`docsPolicy`, admin-assets.ts). They are those of
 * helmet, without the ones for legacy browsers and with a policy that allows nothing, because API responses
 * are never pages. They are constants because helmet builds them for each request.
 *
 * There is no CORS header, so browsers prevent other sites from reading responses. A response may contain a
 * secret that is shown once, so caches must not store it.
 */
const defaultHeaders = [
  ['content-security-policy', "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['cache-control', 'no-store'],
] as const;

/** One year, the minimum of the browsers' preload lists. */
const hsts = ['strict-transport-security', 'max-age=31536000; includeSubDomains'] as const;

export function registerSecurityHeaders(
  app: FastifyInstance,
  { isProduction }: { readonly isProduction: boolean },
): void {
  app.addHook('onRequest', (request, reply, done) => {
    for (const [name, value] of defaultHeaders) reply.header(name, value);
    // Not on a developer's machine, where it would block http://localhost.
    if (isProduction || request.protocol === 'https') reply.header(hsts[0], hsts[1]);
    reply.header('x-request-id', request.id);
    done();
  });
}

/**
 * Content security policy of `/docs`. swagger-ui sets inline styles on its elements, and its logo and icons
 * are data: URLs.
 */
export const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
