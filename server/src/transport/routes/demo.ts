import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiError } from '../../domain/errors.ts';
import type { DemoDelivery, DemoReceiver } from '../../services/demo/demo-receiver.ts';
import type { BodyReader } from '../http/body-reader.ts';

/** How long a program waits for the first delivery, so that a publish and a look can be pasted together. */
const firstDeliveryMs = 2_000;

/** Headers that a proxy adds. Behind a proxy, every caller seems to be on this machine. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'] as const;

/**
 * Serves the demo receiver at `/demo`: POST receives a delivery, GET shows the last ones, as a page to browsers and as
 * JSON to others. Only for programs on this machine, because it needs no authentication.
 */
export async function registerDemo(
  app: FastifyInstance,
  receiver: DemoReceiver,
  bodies: BodyReader,
): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRequest', (request, _reply, done) => {
      if (isFromThisMachine(request)) return done();
      return done(apiError('NOT_FOUND', 'the demo receiver only serves the machine that it runs on'));
    });
    scope.removeAllContentTypeParsers();
    // Keeps the text, because signatures cover the exact bytes.
    scope.addContentTypeParser('application/json', (request, payload, done) => {
      bodies.read(request, payload, (failure, text = '') => done(failure, text));
    });
    const config = { receivesDeliveries: true };
    scope.post<{ Body: string | undefined }>('/demo', { schema: { hide: true }, config }, async (request) => {
      await receiver.receive({ headers: toHeaders(request), body: request.body ?? '' });
      return { received: true };
    });
    scope.get('/demo', { schema: { hide: true } }, async (request, reply) => {
      if (request.headers.accept?.includes('text/html') === true) {
        return await reply
          .header('content-security-policy', pagePolicy)
          .type('text/html; charset=utf-8')
          .send(toPage(receiver.list()));
      }
      await receiver.waitForFirst(firstDeliveryMs);
      // Indented, because a person reads it in a terminal.
      return await reply
        .type('application/json; charset=utf-8')
        .send(`${JSON.stringify({ deliveries: receiver.list() }, undefined, 2)}\n`);
    });
  });
}

/**
 * Whether a request comes from a program on this machine. The Host header excludes pages of other sites, whose name
 * can resolve to this machine (DNS rebinding).
 */
function isFromThisMachine({ raw, headers }: FastifyRequest): boolean {
  if (proxyHeaders.some((name) => headers[name] !== undefined)) return false;
  const host = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  return (host === 'localhost' || isLoopback(host)) && isLoopback(raw.socket.remoteAddress ?? '');
}

function isLoopback(text: string): boolean {
  const address = text.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:/i, '');
  return isIP(address) !== 0 && (address === '::1' || address.startsWith('127.'));
}

function toHeaders({ headers }: FastifyRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1e26; background: #fff; }
article { border: 1px solid #d9dce3; border-radius: 8px; padding: .75rem 1rem; margin: 1rem 0; }
h2 { font-size: 1rem; margin: 0; } p { margin: .25rem 0; }
pre { background: #f4f5f8; padding: .75rem; border-radius: 6px; overflow-x: auto; }
.yes { color: #0a6b3d; } .no { color: #a11; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e8ef; background: #14161c; } article { border-color: #343946; } pre { background: #1e222b; }
  .yes { color: #5fd39a; } .no { color: #ff8f8f; }
}
`;

/** The page has no script and reloads itself. */
const pagePolicy =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function toPage(deliveries: readonly DemoDelivery[]): string {
  const content =
    deliveries.length === 0
      ? '<p>No delivery has arrived yet. Create a webhook that points to this address, and publish an event.</p>'
      : deliveries.map(toArticle).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="3">
<title>Tocsin demo receiver</title>
<style>${style}</style>
</head>
<body>
<h1>Demo receiver</h1>
<p>The last deliveries to this address, the newest first. The page reloads every 3 seconds.</p>
${content}
</body>
</html>
`;
}

function toArticle({ receivedAt, verified, webhookId, profile, headers, body }: DemoDelivery): string {
  const type = headers['x-webhook-event'] ?? headers['x-authforge-event'] ?? findType(body) ?? 'request';
  const proof = verified
    ? `<p class="yes">Verified: it proves the secret of ${escapeHtml(webhookId ?? '')} (${escapeHtml(profile ?? '')}).</p>`
    : '<p class="no">Not verified: it proves the secret of no webhook that points here.</p>';
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const text = typeof body === 'string' ? body : JSON.stringify(body, undefined, 2);
  return `<article>
<h2>${escapeHtml(type)}</h2>
<p><time datetime="${receivedAt}">${receivedAt}</time></p>
${proof}
<pre>${escapeHtml(`${lines.join('\n')}\n\n${text}`)}</pre>
</article>`;
}

function findType(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('type' in body)) return undefined;
  return typeof body.type === 'string' ? body.type : undefined;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
