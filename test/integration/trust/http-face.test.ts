import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { useTestApp } from '../../support/fixtures.ts';

const app = useTestApp();
const paths = [
  '/v1/apps/app_x/webhooks',
  '/trpc/apps.list',
  '/healthz',
  '/metrics',
  '/openapi.json',
  '/asyncapi.json',
  '/no/such/path',
];

describe('every answer', () => {
  test.each(paths)('of %s forbids framing, sniffing, caching and every source of content', async (path) => {
    const { headers } = await app.rest('GET', path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(headers.has('strict-transport-security')).toBe(false);
    expect(headers.has('x-powered-by')).toBe(false);
  });

  test.each(paths)('of %s to another site lets no browser read it', async (path) => {
    const options = { headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' } };
    for (const method of ['GET', 'OPTIONS']) {
      const { headers } = await app.rest(method, path, undefined, options);
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  test('asks for HTTPS from then on in production', async () => {
    await using production = await startTestApp({
      env: {
        NODE_ENV: 'production',
        ROOT_TOKEN: 'a_root_token_of_tests',
        ENCRYPTION_KEY: 'A'.repeat(43) + '=',
      },
    });
    const { headers } = await production.rest('GET', '/healthz');
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
  });

  test('requires HTTPS behind a trusted proxy with TLS, and trusts no other caller', async () => {
    const forwarded = { headers: { 'x-forwarded-proto': 'https' } };
    await using behindProxy = await startTestApp({ env: { TRUST_PROXY: '127.0.0.1' } });
    const told = await behindProxy.rest('GET', '/healthz', undefined, forwarded);
    expect(told.headers.has('strict-transport-security')).toBe(true);
    const lied = await app.rest('GET', '/healthz', undefined, forwarded);
    expect(lied.headers.has('strict-transport-security')).toBe(false);
  });
});

describe('the page of the docs', () => {
  test('loads its own files and runs nothing inline', async () => {
    const { text, headers, status } = await app.rest('GET', '/docs/');
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self';");
    const scripts = [...text.matchAll(/<script([^>]*)>([^<]*)</g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes = '', inline = ''] of scripts) {
      expect(inline.trim()).toBe('');
      const source = /src="([^"]+)"/.exec(attributes)?.[1] ?? '';
      const file = await app.rest('GET', new URL(source, `${app.url}/docs/`).pathname);
      expect(file.status).toBe(200);
    }
  });
});

describe('the request id', () => {
  test.each(['trace-1', 'a', 'A.b_c-9', 'x'.repeat(64)])('%s of the caller is kept', async (id) => {
    const { headers } = await app.rest('GET', '/healthz', undefined, { headers: { 'x-request-id': id } });
    expect(headers.get('x-request-id')).toBe(id);
  });

  test.each(['', 'x'.repeat(65), 'a b', '<script>', '{"a":1}', 'a;b', '../../etc'])(
    '%j of the caller is replaced',
    async (id) => {
      const { headers } = await app.rest('GET', '/healthz', undefined, { headers: { 'x-request-id': id } });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  test('is in the response to a rejected call, and in its tRPC body', async () => {
    const options = { headers: { 'x-request-id': 'find-me' }, token: 'tsk_unknown' };
    const refused = await app.trpc('apps.list', {}, options);
    expect(refused.headers.get('x-request-id')).toBe('find-me');
    expect(refused.error?.data.tocsin.requestId).toBe('find-me');
  });
});

describe('an error', () => {
  const calls: [string, () => Promise<{ status: number; text: string }>][] = [
    ['of a path that is not valid', () => app.rest('GET', '/v1/apps/%zz/webhooks')],
    ['of a path that is too long', () => app.rest('GET', `/v1/apps/${'a'.repeat(6_000)}/webhooks`)],
    ['of a body that is no JSON', () => app.rest('POST', '/v1/apps/a/webhooks', '{"url":')],
    ['of a tRPC body that is no JSON', () => app.rest('POST', '/trpc/apps.create', '{"name":')],
    ['of an unknown procedure', () => app.rest('GET', '/trpc/no.such')],
    ['of an unknown path', () => app.rest('GET', '/nowhere')],
    ['of a wrong method', () => app.rest('PATCH', '/v1/apps/a/webhooks')],
    [
      'of a wrong content type',
      () => app.rest('POST', '/v1/apps/a/webhooks', 'x', { headers: { 'content-type': 'text/xml' } }),
    ],
  ];
  test.each(calls)('%s reveals no stack, no path and no framework', async (_name, call) => {
    const { status, text } = await call();
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(text).not.toMatch(/\bat .*\(|node_modules|\.ts:|FST_|"stack"|statusCode/);
    expect(JSON.parse(text)).toHaveProperty('error');
  });

  test('of a request that is not HTTP has the same flat body', async () => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('NOT HTTP AT ALL\r\n\r\n');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text.split('\r\n\r\n')[1]).toBe(
      '{"error":"bad_request","message":"the request is not valid HTTP"}',
    );
  });
});
