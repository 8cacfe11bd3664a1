import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { useTestApp } from '../../support/fixtures.ts';

/** Starts now, so that the database does not remove sessions by their age. */
const clock = new FakeClock(Date.now());
const env = { ENCRYPTION_KEY: randomBytes(32).toString('base64') };
const app = useTestApp({ clock, env });
const other = useTestApp(() => ({
  clock,
  database: app.database,
  env: { ...env, ROOT_TOKEN: app.rootToken },
}));
const otherRoot = useTestApp(() => ({ clock, database: app.database, env }));

interface SessionBody {
  readonly actor: {
    readonly kind: string;
    readonly accountId: string | null;
    readonly scopes: string[];
    readonly keyPrefix: string | null;
  };
  readonly csrfToken: string;
  readonly expiresAt: string;
}

const behindTls = { 'x-forwarded-proto': 'https' };

async function signIn(token: string, headers: Record<string, string> = {}, at: TestApp = app) {
  const response = await fetch(`${at.url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });
  const setCookie = response.headers.get('set-cookie') ?? '';
  return {
    response,
    setCookie,
    cookie: setCookie.split(';')[0] ?? '',
    body: (await response.json()) as SessionBody,
  };
}

function getSession(
  cookie: string,
  { at = app, headers = {} }: { at?: TestApp; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(`${at.url}/session`, { headers: { cookie, ...headers } });
}

async function actorOf(cookie: string, headers: Record<string, string> = {}): Promise<string | undefined> {
  const response = await getSession(cookie, { headers });
  return ((await response.json()) as Partial<SessionBody>).actor?.kind;
}

async function signOut(cookie: string, csrfToken: string, query = ''): Promise<Response> {
  return fetch(`${app.url}/session${query}`, {
    method: 'DELETE',
    headers: { cookie, 'x-tocsin-csrf': csrfToken },
  });
}

/** Replaces the character at `index`. */
function replaceAt(cookie: string, index: number): string {
  return cookie.slice(0, index) + (cookie[index] === 'A' ? 'B' : 'A') + cookie.slice(index + 1);
}

const stored = () => app.db.collection('sessions').find().toArray();

function createApp(headers: Record<string, string>): Promise<Response> {
  return fetch(`${app.url}/trpc/apps.create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ name: 'By a session' }),
  });
}

describe('a session', () => {
  it('opens with an API key, and its cookie is hidden from scripts and other sites', async () => {
    const { key } = await app.createKey({ scopes: ['webhooks:read'] });
    const { response, setCookie, cookie, body } = await signIn(key);
    expect(response.status).toBe(200);
    expect(setCookie).toMatch(
      /^tocsin_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(body.actor).toEqual({
      kind: 'key',
      accountId: 'acc_default',
      appId: null,
      scopes: ['webhooks:read'],
      keyPrefix: key.slice(0, 10),
    });
    const again = await getSession(cookie);
    expect(await again.json()).toEqual(body);
    expect(cookie).not.toContain(key);
    expect(Buffer.from(cookie.split('=')[1] ?? '', 'base64url').toString('latin1')).not.toContain(
      key.slice(4),
    );
  });

  it('opens with the root token, which has no account', async () => {
    const { body } = await signIn(app.rootToken);
    expect(body.actor).toEqual({
      kind: 'root',
      accountId: null,
      appId: null,
      scopes: ['operator'],
      keyPrefix: null,
    });
  });

  it('has a Secure cookie behind TLS that a sibling subdomain cannot plant', async () => {
    const { key } = await app.createKey();
    const { setCookie, cookie } = await signIn(app.rootToken, behindTls);
    expect(setCookie).toMatch(
      /^__Host-tocsin_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/,
    );
    const planted = await signIn(key);
    expect(await actorOf(`${planted.cookie}; ${cookie}`, behindTls)).toBe('root');
    expect(await actorOf(planted.cookie, behindTls)).toBeUndefined();
    expect(await actorOf(cookie)).toBeUndefined();
  });

  it('without TLS is that of the page, wherever a planted cookie stands', async () => {
    const { key } = await app.createKey();
    const planted = await signIn(key);
    clock.advance(1);
    const { cookie, body } = await signIn(app.rootToken);
    for (const cookies of [`${planted.cookie}; ${cookie}`, `${cookie}; ${planted.cookie}`]) {
      expect(await actorOf(cookies)).toBe('root');
      expect((await createApp({ cookie: cookies, 'x-tocsin-csrf': body.csrfToken })).status).toBe(200);
    }
    clock.advance(1);
    const newer = await signIn(key);
    const both = `${newer.cookie}; ${cookie}`;
    expect(await actorOf(both, { 'x-tocsin-csrf': body.csrfToken })).toBe('root');
    expect((await createApp({ cookie: both, 'x-tocsin-csrf': body.csrfToken })).status).toBe(200);
  });

  it('has an id of its own, of which the database has only the hash', async () => {
    const { key } = await app.createKey();
    const [first, second] = [await signIn(key), await signIn(key)];
    expect(first.cookie).not.toBe(second.cookie);
    const text = JSON.stringify(await stored());
    for (const { cookie, body } of [first, second]) {
      expect(text).not.toContain(cookie.split('=')[1]);
      expect(text).not.toContain(body.csrfToken);
    }
    expect(text).not.toContain(key);
    // The stored hash is not a cookie.
    for (const { _id } of await stored())
      expect((await getSession(`tocsin_session=${String(_id)}`)).status).toBe(401);
  });

  it('of the root token stores no plain hash of it, and ends when it changes', async () => {
    const { cookie } = await signIn(app.rootToken);
    const plainHash = createHash('sha256').update(app.rootToken).digest('hex');
    expect(JSON.stringify(await stored())).not.toContain(plainHash);
    expect((await getSession(cookie, { at: otherRoot })).status).toBe(401);
  });

  it('opens at most 20 times for one key, and a further one ends the oldest', async () => {
    const { key } = await app.createKey();
    const opened: string[] = [];
    for (let n = 0; n < 21; n++) {
      opened.push((await signIn(key)).cookie);
      clock.advance(1);
    }
    const statuses = await Promise.all(opened.map(async (cookie) => (await getSession(cookie)).status));
    expect(statuses).toEqual([401, ...Array.from({ length: 20 }, () => 200)]);
  });

  it('does not open with an unknown key, without a token, from a form or from another site', async () => {
    expect((await signIn('tsk_unknown')).response.status).toBe(401);
    expect((await signIn('')).response.status).toBe(400);
    expect((await signIn(app.rootToken, { 'sec-fetch-site': 'cross-site' })).response.status).toBe(403);
    const form = await fetch(`${app.url}/session`, {
      method: 'POST',
      body: new URLSearchParams({ token: app.rootToken }),
    });
    expect(form.status).toBe(400);
    expect(form.headers.get('set-cookie')).toBeNull();
  });

  it('reads without a CSRF token and rejects mutations without the right one', async () => {
    const { cookie, body } = await signIn(app.rootToken);
    const list = await fetch(`${app.url}/trpc/apps.list`, { headers: { cookie } });
    expect(list.status).toBe(200);
    const another = await signIn(app.rootToken);
    const before = await app.fingerprint();
    expect((await createApp({ cookie })).status).toBe(403);
    expect((await createApp({ cookie, 'x-tocsin-csrf': 'wrong' })).status).toBe(403);
    expect((await createApp({ cookie, 'x-tocsin-csrf': another.body.csrfToken })).status).toBe(403);
    expect(await app.fingerprint()).toEqual(before);
    expect((await createApp({ cookie, 'x-tocsin-csrf': body.csrfToken })).status).toBe(200);
  });

  it('rejects mutations by GET, which needs no CSRF token', async () => {
    const { cookie } = await signIn(app.rootToken);
    const response = await fetch(`${app.url}/trpc/apps.create?input=${encodeURIComponent('{"name":"x"}')}`, {
      headers: { cookie },
    });
    expect(response.status).toBe(405);
  });

  it('has the scopes of its key', async () => {
    const { key } = await app.createKey({ scopes: ['webhooks:read'] });
    const { cookie, body } = await signIn(key);
    const refused = await createApp({ cookie, 'x-tocsin-csrf': body.csrfToken });
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('lacks the scope apps:write');
  });

  it('is accepted by tRPC only: REST and /metrics take keys', async () => {
    const { cookie } = await signIn(app.rootToken);
    expect((await fetch(`${app.url}/metrics`, { headers: { cookie } })).status).toBe(401);
    const id = await app.createApp();
    expect((await fetch(`${app.url}/v1/apps/${id}/webhooks`, { headers: { cookie } })).status).toBe(401);
  });

  it('is ignored if there is an Authorization header, valid or not', async () => {
    const { cookie } = await signIn(app.rootToken);
    const response = await fetch(`${app.url}/trpc/apps.list`, {
      headers: { cookie, authorization: 'Bearer tsk_wrong' },
    });
    expect(response.status).toBe(401);
  });

  it('ends within a second when its key is revoked', async () => {
    const { id, key } = await app.createKey();
    const { cookie } = await signIn(key);
    expect((await fetch(`${app.url}/trpc/apps.list`, { headers: { cookie } })).status).toBe(200);
    await app.call('keys.revoke', { id });
    await expect
      .poll(async () => (await fetch(`${app.url}/trpc/apps.list`, { headers: { cookie } })).status, {
        timeout: 1_000,
      })
      .toBe(401);
    const response = await getSession(cookie);
    expect(response.status).toBe(401);
    expect(response.headers.get('set-cookie')).toContain('Max-Age=0');
  });

  it('ends twelve hours after it was opened, however long the browser keeps its cookie', async () => {
    const { cookie, body } = await signIn(app.rootToken);
    expect(body.expiresAt).toBe(new Date(clock.now() + 12 * 60 * 60 * 1000).toISOString());
    const statuses = async () => [
      (await getSession(cookie)).status,
      (await fetch(`${app.url}/trpc/apps.list`, { headers: { cookie } })).status,
      (await createApp({ cookie, 'x-tocsin-csrf': body.csrfToken })).status,
    ];
    clock.advance(12 * 60 * 60 * 1000 - 1);
    expect(await statuses()).toEqual([200, 200, 200]);
    clock.advance(1);
    expect(await statuses()).toEqual([401, 401, 401]);
    const indexes = await app.db.collection('sessions').indexes();
    expect(indexes.find(({ key }) => 'expiresAt' in key)?.expireAfterSeconds).toBe(0);
  });

  it('ends by signing out, for every copy of its cookie and in every process', async () => {
    const { cookie, body } = await signIn(app.rootToken);
    expect((await getSession(cookie, { at: other })).status).toBe(200);
    const without = await fetch(`${app.url}/session`, { method: 'DELETE', headers: { cookie } });
    expect(without.status).toBe(403);
    expect((await getSession(cookie)).status).toBe(200);
    const response = await signOut(cookie, body.csrfToken);
    expect(response.status).toBe(204);
    expect(response.headers.get('set-cookie')).toMatch(/^tocsin_session=; .*Max-Age=0/);
    expect((await getSession(cookie)).status).toBe(401);
    expect((await createApp({ cookie, 'x-tocsin-csrf': body.csrfToken })).status).toBe(401);
    await expect
      .poll(async () => (await getSession(cookie, { at: other })).status, { timeout: 1_000 })
      .toBe(401);
  });

  it('ends by signing out alone, or with all others of its key', async () => {
    const { key } = await app.createKey();
    const [first, second, third] = [await signIn(key), await signIn(key), await signIn(key)];
    const operator = await signIn(app.rootToken);
    const statuses = () =>
      Promise.all(
        [first, second, third, operator].map(async ({ cookie }) => (await getSession(cookie)).status),
      );
    expect((await signOut(first.cookie, first.body.csrfToken)).status).toBe(204);
    expect(await statuses()).toEqual([401, 200, 200, 200]);
    expect((await signOut(second.cookie, second.body.csrfToken, '?everywhere=maybe')).status).toBe(400);
    expect((await signOut(second.cookie, second.body.csrfToken, '?everywhere=true')).status).toBe(204);
    expect(await statuses()).toEqual([401, 401, 401, 200]);
  });

  it('is read without a write, however often', async () => {
    const { cookie } = await signIn(app.rootToken);
    const before = await stored();
    for (let n = 0; n < 3; n++) expect((await getSession(cookie)).status).toBe(200);
    expect(await stored()).toEqual(before);
  });

  it.each([
    ['changed at its start', (cookie: string) => replaceAt(cookie, 15)],
    ['changed in its middle', (cookie: string) => replaceAt(cookie, 30)],
    ['changed at its end', (cookie: string) => replaceAt(cookie, cookie.length - 4)],
    ['cut off', (cookie: string) => cookie.slice(0, 40)],
    ['empty', () => 'tocsin_session='],
    ['unknown', () => `tocsin_session=${Buffer.alloc(32, 9).toString('base64url')}`],
  ])('is rejected when its cookie is %s', async (_name, spoil) => {
    const { cookie } = await signIn(app.rootToken);
    expect((await getSession(spoil(cookie))).status).toBe(401);
    expect((await fetch(`${app.url}/trpc/apps.list`, { headers: { cookie: spoil(cookie) } })).status).toBe(
      401,
    );
  });
});

describe('signing in', () => {
  it('fails at most 20 times in a row from one address, also in parallel', async () => {
    await using another = await startTestApp({ clock });
    const tries = await Promise.all(Array.from({ length: 30 }, (_, n) => signIn(`tsk_${n}`, {}, another)));
    const statuses = tries.map(({ response }) => response.status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    const { response } = await signIn(another.rootToken, {}, another);
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '6']);
    clock.advance(6_000);
    for (let n = 0; n < 25; n++)
      expect((await signIn(another.rootToken, {}, another)).response.status).toBe(200);
  });

  it('counts against the rate limit of its key', async () => {
    const { key } = await app.createKey();
    const statuses: number[] = [];
    for (let n = 0; n < 101; n++) statuses.push((await signIn(key)).response.status);
    expect(statuses.slice(-2)).toEqual([200, 429]);
    clock.advance(60_000);
  });
});
