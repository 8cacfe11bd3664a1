import { afterEach, describe, expect, it, vi } from 'vitest';
import { useTestApp } from '../../support/fixtures.ts';

const app = useTestApp();

afterEach(() => {
  vi.useRealTimers();
});

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

async function signIn(token: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${app.url}/session`, {
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

function getSession(cookie: string): Promise<Response> {
  return fetch(`${app.url}/session`, { headers: { cookie } });
}

/** Replaces the character at `index`. */
function replaceAt(cookie: string, index: number): string {
  return cookie.slice(0, index) + (cookie[index] === 'A' ? 'B' : 'A') + cookie.slice(index + 1);
}

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
    expect(setCookie).toMatch(/^tocsin_session=[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(body.actor).toEqual({
      kind: 'key',
      accountId: 'acc_default',
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
    expect(body.actor).toEqual({ kind: 'root', accountId: null, scopes: ['operator'], keyPrefix: null });
  });

  it('has a Secure cookie behind TLS', async () => {
    const { setCookie } = await signIn(app.rootToken, { 'x-forwarded-proto': 'https' });
    expect(setCookie).toContain('; Secure');
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
    const before = await app.fingerprint();
    expect((await createApp({ cookie })).status).toBe(403);
    expect((await createApp({ cookie, 'x-tocsin-csrf': 'wrong' })).status).toBe(403);
    const other = await signIn(app.rootToken);
    expect((await createApp({ cookie, 'x-tocsin-csrf': other.body.csrfToken })).status).toBe(403);
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
    const openedAt = Date.parse('2026-01-01T00:00:00.000Z');
    vi.setSystemTime(openedAt);
    const { cookie, body } = await signIn(app.rootToken);
    expect(body.expiresAt).toBe('2026-01-01T12:00:00.000Z');
    const statuses = async () => [
      (await getSession(cookie)).status,
      (await fetch(`${app.url}/trpc/apps.list`, { headers: { cookie } })).status,
      (await createApp({ cookie, 'x-tocsin-csrf': body.csrfToken })).status,
    ];
    vi.setSystemTime(openedAt + 12 * 60 * 60 * 1000 - 1);
    expect(await statuses()).toEqual([200, 200, 200]);
    vi.setSystemTime(openedAt + 12 * 60 * 60 * 1000);
    expect(await statuses()).toEqual([401, 401, 401]);
  });

  it('ends by signing out, which another site cannot trigger', async () => {
    const { cookie, body } = await signIn(app.rootToken);
    const without = await fetch(`${app.url}/session`, { method: 'DELETE', headers: { cookie } });
    expect(without.status).toBe(403);
    const response = await fetch(`${app.url}/session`, {
      method: 'DELETE',
      headers: { cookie, 'x-tocsin-csrf': body.csrfToken },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('set-cookie')).toMatch(/^tocsin_session=; .*Max-Age=0/);
  });

  it.each([
    ['changed at its start', (cookie: string) => replaceAt(cookie, 15)],
    ['changed in its middle', (cookie: string) => replaceAt(cookie, 100)],
    ['changed in its tag', (cookie: string) => replaceAt(cookie, cookie.length - 4)],
    ['cut off', (cookie: string) => cookie.slice(0, 40)],
    ['empty', () => 'tocsin_session='],
    ['of another server', () => `tocsin_session=${Buffer.alloc(120, 9).toString('base64url')}`],
  ])('is rejected when its cookie is %s', async (_name, spoil) => {
    const { cookie } = await signIn(app.rootToken);
    expect((await getSession(spoil(cookie))).status).toBe(401);
    expect((await fetch(`${app.url}/trpc/apps.list`, { headers: { cookie: spoil(cookie) } })).status).toBe(
      401,
    );
  });
});
