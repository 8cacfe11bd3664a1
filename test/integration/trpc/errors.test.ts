import { beforeAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { useTestApp } from '../../support/fixtures.ts';

const app = useTestApp();
let appId: string;

beforeAll(async () => {
  appId = await app.createApp();
});

const uuid = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** The error of a raw request to `/trpc`, and its status. */
async function raw(path: string, init: { method?: string; body?: string; headers: Record<string, string> }) {
  const headers = { authorization: `Bearer ${app.rootToken}`, ...init.headers };
  const response = await fetch(`${app.url}/trpc/${path}`, { ...init, headers });
  const { error } = (await response.json()) as { error: { message: string; data: Record<string, unknown> } };
  return { status: response.status, error };
}

describe('an error over tRPC', () => {
  it('carries our code, whether to try again, and the request id of the header', async () => {
    const { status, error, headers } = await app.trpc('webhooks.get', { id: 'wh_0123456789ab' });
    expect(status).toBe(404);
    expect(error).toEqual({
      message: 'no webhook wh_0123456789ab',
      code: -32004,
      data: {
        code: 'NOT_FOUND',
        httpStatus: 404,
        path: 'webhooks.get',
        tocsin: {
          code: 'NOT_FOUND',
          retryable: false,
          requestId: expect.stringMatching(uuid) as unknown,
          errors: [],
        },
      },
    });
    expect(headers.get('x-request-id')).toBe(error?.data.tocsin.requestId);
  });

  it.each([
    { code: 'UNAUTHENTICATED', status: 401, ofTrpc: 'UNAUTHORIZED', token: null, id: 'app_x' },
    { code: 'FORBIDDEN', status: 403, ofTrpc: 'FORBIDDEN', id: 'app_x' },
    { code: 'INVALID_INPUT', status: 400, ofTrpc: 'BAD_REQUEST', id: 17 },
  ])('of the code $code has the status $status and the code $ofTrpc of tRPC', async (row) => {
    const answer = await app.trpc('apps.get', { id: row.id }, row.token === null ? { token: null } : {});
    expect(answer.status).toBe(row.status);
    expect(answer.error?.data).toMatchObject({
      code: row.ofTrpc,
      httpStatus: row.status,
      tocsin: { code: row.code },
    });
  });

  it('is a conflict for an app whose id is taken', async () => {
    const { status, error } = await app.trpc('apps.create', { id: appId, name: 'Again' });
    expect([status, error?.data.tocsin.code]).toEqual([409, 'ALREADY_EXISTS']);
    expect(error?.message).toBe(`an app with the id ${appId} already exists`);
  });

  it('has the seconds to wait in the body and in Retry-After, and is retryable', async () => {
    const clock = new FakeClock();
    await using limited = await startTestApp({ clock, env: { ROLE: 'api' } });
    const { key } = await limited.createKey();
    const list = async () => await limited.trpc('apps.list', {}, { token: key });
    await Promise.all(Array.from({ length: 100 }, list));
    const { status, error, headers } = await list();
    expect(status).toBe(429);
    expect(error?.data).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      tocsin: { code: 'RATE_LIMITED', retryable: true, retryAfterSeconds: 1 },
    });
    expect(headers.get('retry-after')).toBe('1');
  });

  it.each([
    { what: 'an unknown procedure', path: 'webhooks.explode', status: 404, code: 'NOT_FOUND' },
    { what: 'a mutation called by GET', path: 'apps.create', status: 405, code: 'METHOD_NOT_ALLOWED' },
    {
      what: 'a body that is not JSON',
      path: 'apps.create',
      body: '{"name":',
      status: 400,
      code: 'INVALID_INPUT',
    },
    { what: 'an input that is not JSON', path: 'apps.list?input=%7B', status: 400, code: 'INVALID_INPUT' },
    {
      what: 'a body of one megabyte',
      path: 'apps.create',
      body: 'x'.repeat(1_000_000),
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    },
  ])('has the same shape for $what', async ({ path, body, status, code }) => {
    const before = await app.fingerprint();
    const answer = await raw(path, {
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    expect([answer.status, answer.error.data['httpStatus']]).toEqual([status, status]);
    expect(answer.error.data['tocsin']).toMatchObject({
      code,
      retryable: false,
      requestId: expect.stringMatching(uuid) as unknown,
    });
    expect(answer.error.message).not.toBe('');
    expect(await app.fingerprint()).toEqual(before);
  });

  it('has the same shape for a body of another type than JSON', async () => {
    const answer = await raw('apps.create', {
      method: 'POST',
      body: 'name=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.status).toBe(400);
    expect(answer.error.data['tocsin']).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('shows no stack and none of our internals', async () => {
    for (const { text } of [
      await app.trpc('webhooks.get', { id: 'wh_0123456789ab' }),
      await app.trpc('apps.create', {}),
    ]) {
      expect(text).not.toMatch(/stack|node_modules|\.ts:|zod/i);
    }
  });
});
