import { beforeAll, describe, expect, it } from 'vitest';
import type { RestAnswer } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { authforge, authon, type DialectUnderTest } from './dialects.ts';

const app = useTestApp();
/** Its clock stands still, for the rate limit. */
const clock = new FakeClock();
const limited = useTestApp({ clock, env: { ROLE: 'api' } });
let appId: string;

beforeAll(async () => {
  appId = await app.createApp();
});

const target = 'http://127.0.0.1:9/hook';
const absent = 'wh_0123456789ab';

describe.each([authon, authforge])('the error responses of $name', (dialect: DialectUnderTest) => {
  const expectError = (answer: RestAnswer, status: number, error: string, message: string) => {
    expect([answer.status, answer.text]).toEqual([status, dialect.errorText(error, message)]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  };
  const validBody = { url: target, events: [dialect.event] };
  const create = async (id: string) =>
    dialect.idOf((await app.rest('POST', dialect.path(id), validBody)).json);

  it('say 401 to a missing, malformed or unknown token', async () => {
    const path = dialect.path(appId);
    const header = 'the Authorization header must be "Bearer <key>"';
    expectError(await app.rest('GET', path, undefined, { token: null }), 401, dialect.badToken, header);
    for (const authorization of ['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer ', 'tsk_0', 'Bearer two words']) {
      const answer = await app.rest('GET', path, undefined, { token: null, headers: { authorization } });
      expectError(answer, 401, dialect.badToken, header);
    }
    const unknown = await app.rest('GET', path, undefined, { token: 'af_live_0123456789abcdef' });
    expectError(unknown, 401, dialect.badToken, 'the API key is unknown');
  });

  it('say 401 to a revoked and to an expired key, without repeating the key', async () => {
    const revoked = await app.createKey();
    await app.call('keys.revoke', { id: revoked.id });
    const expired = await app.createKey();
    await app.db
      .collection<{ _id: string }>('keys')
      .updateOne({ _id: expired.id }, { $set: { expiresAt: new Date('2026-01-01T00:00:00.000Z') } });
    const path = dialect.path(appId);
    expectError(
      await app.rest('GET', path, undefined, { token: revoked.key }),
      401,
      dialect.badToken,
      `the API key ${revoked.key.slice(0, 10)}... was revoked`,
    );
    expectError(
      await app.rest('GET', path, undefined, { token: expired.key }),
      401,
      dialect.badToken,
      `the API key ${expired.key.slice(0, 10)}... expired on 2026-01-01T00:00:00.000Z`,
    );
  });

  it('say 403 to a key without the scope, and name the scope', async () => {
    const reader = await app.createKey({ scopes: ['webhooks:read', 'events:publish'] });
    const publisher = await app.createKey({ scopes: ['events:publish'] });
    const id = await create(appId);
    expect((await app.rest('GET', dialect.path(appId), undefined, { token: reader.key })).status).toBe(200);
    const lacksRead = await app.rest('GET', dialect.path(appId), undefined, { token: publisher.key });
    expectError(lacksRead, 403, 'forbidden', 'this API key lacks the scope webhooks:read');
    const before = await app.fingerprint();
    for (const [method, suffix] of [
      ['POST', ''],
      ['DELETE', `/${id}`],
      ['POST', `/${id}/test`],
    ] as const) {
      const body = suffix === '' ? validBody : undefined;
      const lacksWrite = await app.rest(method, dialect.path(appId, suffix), body, { token: reader.key });
      expectError(lacksWrite, 403, 'forbidden', 'this API key lacks the scope webhooks:write');
    }
    expect(await app.fingerprint()).toEqual(before);
  });

  it('say the same 403 to a foreign app and to one that does not exist, by every method', async () => {
    const otherAccountKey = await app.createKey({ accountId: await app.createAccount() });
    const id = await create(appId);
    const before = await app.fingerprint();
    for (const asked of [appId, 'app_that_never_was']) {
      for (const [method, suffix, body] of [
        ['GET', '', undefined],
        ['POST', '', validBody],
        ['DELETE', `/${id}`, undefined],
        ['POST', `/${id}/test`, undefined],
      ] as const) {
        const answer = await app.rest(method, dialect.path(asked, suffix), body, {
          token: otherAccountKey.key,
        });
        expectError(answer, 403, 'forbidden', `app ${asked} does not belong to your account`);
      }
    }
    expect(await app.fingerprint()).toEqual(before);
  });

  it('say 404 to a webhook that is unknown, malformed, or of another app', async () => {
    const other = await create(await app.createApp());
    for (const id of [absent, other, 'wh_UPPER', '17']) {
      const message = `app ${appId} has no webhook ${id}`;
      expectError(await app.rest('DELETE', dialect.path(appId, `/${id}`)), 404, 'not_found', message);
      expectError(await app.rest('POST', dialect.path(appId, `/${id}/test`)), 404, 'not_found', message);
    }
  });

  it('say 404 to an unknown route, without its query', async () => {
    const path = dialect.path(appId, `/${absent}/nonsense`);
    const answer = await app.rest('GET', `${path}?token=abc`);
    expectError(answer, 404, 'not_found', `no route GET ${path}`);
  });

  it('say 405 with Allow to a method that a path does not have', async () => {
    const id = await create(appId);
    const onOne = dialect.hasPut ? 'PUT, DELETE' : 'DELETE';
    for (const [method, suffix, allow] of [
      ['PUT', '', 'GET, POST'],
      ['DELETE', '', 'GET, POST'],
      ['GET', `/${id}`, onOne],
      ['PATCH', `/${id}`, onOne],
      ['GET', `/${id}/test`, 'POST'],
      ['OPTIONS', '', 'GET, POST'],
      ['QUERY', `/${id}/test`, 'POST'],
      // The method is none of the path's, whatever is there.
      ['PATCH', `/${absent}`, onOne],
      ['GET', `/${absent}/test`, 'POST'],
    ] as const) {
      const answer = await app.rest(method, dialect.path(appId, suffix));
      const message = `Method ${method} is not allowed for this path. Allowed: ${allow}`;
      expectError(answer, 405, 'method_not_allowed', message);
      expect(answer.headers.get('allow')).toBe(allow);
    }
  });

  it('say 400 to a QUERY of a route that is not there, as to one without a body', async () => {
    const path = `${dialect.path(appId)}/1/2/3`;
    const answer = await app.rest('QUERY', path);
    expect([answer.status, (answer.json as { error: string }).error]).toEqual([400, 'bad_request']);
  });

  it('say 400 to a path that cannot be decoded, in the words of their contract', async () => {
    const path = dialect.path('%');
    expectError(await app.rest('GET', path), 400, 'bad_request', 'the path is not valid');
  });

  it('say 413 to a body of one megabyte', async () => {
    const answer = await app.rest('POST', dialect.path(appId), {
      ...validBody,
      filler: 'x'.repeat(1_000_000),
    });
    expectError(answer, 413, 'payload_too_large', 'the request body is too large');
  });

  it('return 429 with Retry-After after a burst of 100, and accept calls a second later', async () => {
    const id = await limited.createApp();
    const { key } = await limited.createKey();
    const other = await limited.createKey();
    const list = async (token: string) => await limited.rest('GET', dialect.path(id), undefined, { token });
    const burst = await Promise.all(Array.from({ length: 100 }, async () => await list(key)));
    expect(burst.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 200));

    const answer = await list(key);
    expectError(answer, 429, 'rate_limited', 'more than 50 calls per second with this key; retry in 1 s');
    expect(answer.headers.get('retry-after')).toBe('1');

    expect((await list(other.key)).status).toBe(200);
    clock.advance(20);
    expect([(await list(key)).status, (await list(key)).status]).toEqual([200, 429]);
    clock.advance(1_000);
    expect((await list(key)).status).toBe(200);
  });

  it('check the credential first, then the app, the webhook and the body', async () => {
    const id = await create(appId);
    const otherAccountKey = await app.createKey({ accountId: await app.createAccount() });
    const bad = '{"url":';
    const post = async (path: string, token: string | null) =>
      (await app.rest('POST', path, bad, { token })).status;
    expect(await post(dialect.path('app_none', `/${absent}/test`), null)).toBe(401);
    expect(await post(dialect.path('app_none'), otherAccountKey.key)).toBe(403);
    expect(await post(dialect.path(appId, `/${absent}/test`), otherAccountKey.key)).toBe(403);
    expect(await post(dialect.path(appId, `/${absent}/test`), app.rootToken)).toBe(404);
    expect(await post(dialect.path(appId, `/${id}/test`), app.rootToken)).toBe(400);
    expect(await post(dialect.path(appId), app.rootToken)).toBe(400);
    const tooLarge = await app.rest('POST', dialect.path(appId), 'x'.repeat(1_000_000), { token: null });
    expect(tooLarge.status).toBe(401);
  });

  it('carry a request id of their own', async () => {
    const answers = [await app.rest('GET', '/v1/nonsense'), await app.rest('GET', '/v1/nonsense')];
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('an update over AuthForge', () => {
  it('checks the credential, the app and the webhook before the body', async () => {
    const otherAccountKey = await app.createKey({ accountId: await app.createAccount() });
    const put = async (token: string | null, id = absent) =>
      (await app.rest('PUT', authforge.path(appId, `/${id}`), 'not JSON', { token })).status;
    const created = await app.rest('POST', authforge.path(appId), {
      url: target,
      events: ['license.created'],
    });
    expect(await put(null)).toBe(401);
    expect(await put(otherAccountKey.key)).toBe(403);
    expect(await put(app.rootToken)).toBe(404);
    expect(await put(app.rootToken, authforge.idOf(created.json))).toBe(400);
  });
});

describe('the two mounts', () => {
  it('neither list, change, delete nor test the webhooks of each other', async () => {
    const shared = await app.createApp();
    const ofAuthon = authon.idOf(
      (await app.rest('POST', authon.path(shared), { url: target, events: ['user.login'] })).json,
    );
    const ofAuthforge = authforge.idOf(
      (await app.rest('POST', authforge.path(shared), { url: target, events: ['license.created'] })).json,
    );
    const { id: overTrpc } = await app.call('webhooks.create', {
      appId: shared,
      url: target,
      events: ['user.login', 'license.created'],
    });

    expect((await app.rest('GET', authon.path(shared))).json).toMatchObject({ data: [{ id: ofAuthon }] });
    expect((await app.rest('GET', authforge.path(shared))).json).toMatchObject({
      webhooks: [{ webhookId: ofAuthforge }],
    });
    const before = await app.fingerprint();
    for (const id of [ofAuthforge, overTrpc]) {
      expect((await app.rest('DELETE', authon.path(shared, `/${id}`))).status).toBe(404);
      expect((await app.rest('POST', authon.path(shared, `/${id}/test`))).status).toBe(404);
    }
    for (const id of [ofAuthon, overTrpc]) {
      expect((await app.rest('PUT', authforge.path(shared, `/${id}`), { enabled: false })).status).toBe(404);
      expect((await app.rest('DELETE', authforge.path(shared, `/${id}`))).status).toBe(404);
      expect((await app.rest('POST', authforge.path(shared, `/${id}/test`))).status).toBe(404);
    }
    expect(await app.fingerprint()).toEqual(before);
  });

  it('are seen together over tRPC', async () => {
    const shared = await app.createApp();
    await app.rest('POST', authon.path(shared), { url: target, events: ['user.login'] });
    await app.rest('POST', authforge.path(shared), { url: target, events: ['license.created'] });
    const { items } = await app.call('webhooks.list', { appId: shared });
    expect(items.map(({ profile }) => profile)).toEqual(['authon', 'authforge']);
  });
});
