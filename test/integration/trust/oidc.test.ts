import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startTestApp, type TestApp, type TestAppOptions } from '../../support/app.ts';
import { FakeClock } from '../../support/clock.ts';
import { useReceiver } from '../../support/fixtures.ts';
import { OidcIssuer, type SignOptions } from '../../support/oidc-issuer.ts';
import { loginData } from '../../support/publishing.ts';

let issuer: OidcIssuer;
let clock: FakeClock;
let app: TestApp;
let accountId: string;
let appId: string;
const receiver = useReceiver();

beforeAll(async () => {
  issuer = await OidcIssuer.start();
  ({ app, clock } = await start());
  accountId = await app.createAccount();
  appId = await app.createApp({ accountId });
});

afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

afterEach(() => {
  vi.useRealTimers();
  issuer.fault = 'none';
});

const oidcEnv = () => ({ OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: 'tocsin,tocsin-staging' });

/** An app that accepts tokens of the issuer, with a key set that is not fetched yet. */
async function start(options: Omit<TestAppOptions, 'clock'> = {}) {
  const time = new FakeClock(Date.now());
  const started = await startTestApp({ ...options, clock: time, env: { ...oidcEnv(), ...options.env } });
  return { app: started, clock: time };
}

const seconds = () => Math.floor(clock.now() / 1000);

/** A token for our account that expires in five minutes. */
async function token(claims: Record<string, unknown> = {}, options: SignOptions = {}): Promise<string> {
  const usual = {
    tocsin_account: accountId,
    scope: 'openid webhooks:read events:publish',
    exp: seconds() + 300,
  };
  return await issuer.sign({ ...usual, ...claims }, options);
}

async function statusOf(text: string, at = app): Promise<number> {
  return (await at.trpc('apps.list', {}, { token: text })).status;
}

async function refusalOf(text: string, at = app) {
  const { status, error } = await at.trpc('apps.list', {}, { token: text });
  return { status, code: error?.data.tocsin.code, message: error?.message };
}

const unauthenticated = (message: string) => ({ status: 401, code: 'UNAUTHENTICATED', message });

describe('an access token', () => {
  it('acts for the account of its claim, with its scopes, over tRPC and REST', async () => {
    const text = await token();
    const { items } = await app.call('apps.list', {}, { token: text });
    expect(items.map(({ id }) => id)).toEqual([appId]);
    const event = { appId, event: 'user.login', data: loginData };
    expect((await app.trpc('events.publish', event, { token: text })).status).toBe(200);
    expect((await app.rest('GET', `/v1/apps/${appId}/webhooks`, undefined, { token: text })).status).toBe(
      200,
    );
    const refused = await app.trpc('events.list', { appId }, { token: text });
    expect(refused.error?.data.tocsin.code).toBe('SCOPE_MISSING');
  });

  it('has no access to the apps of another account', async () => {
    const foreign = await app.createApp();
    const { status } = await app.trpc('webhooks.list', { appId: foreign }, { token: await token() });
    expect(status).toBe(403);
  });

  it.each([
    ['a list', ['events:read']],
    ['a text', 'a events:read b'],
  ])('has its scopes as %s', async (_form, scope) => {
    const { status } = await app.trpc('events.list', { appId }, { token: await token({ scope }) });
    expect(status).toBe(200);
  });

  it('is never the operator, whatever its claims say', async () => {
    const text = await token({ scope: 'operator * root', kind: 'root' });
    for (const path of ['accounts.list', 'system.audit'] as const) {
      expect((await app.trpc(path, {}, { token: text })).error?.data.tocsin.code).toBe('SCOPE_MISSING');
    }
    expect(await statusOf(text)).toBe(200);
  });

  it('creates no key, which would outlive it', async () => {
    const text = await token({ scope: '*' });
    const { status, error } = await app.trpc('keys.create', { name: 'k', scopes: ['*'] }, { token: text });
    expect([status, error?.message]).toEqual([
      403,
      'an access token cannot create API keys, because they would outlive it',
    ]);
  });

  it('opens no session', async () => {
    const response = await fetch(`${app.url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: await token() }),
    });
    expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null]);
  });

  it('is in the audit log by its issuer and subject', async () => {
    const text = await token({ scope: 'webhooks:write', sub: 'billing@example' });
    const input = { appId, url: receiver.url, events: ['user.login'] };
    const { id } = await app.call('webhooks.create', input, { token: text });
    const { items } = await app.call('auditLog.list', { action: 'webhook.created' });
    expect(items.find(({ targetId }) => targetId === id)).toMatchObject({
      accountId,
      actor: { kind: 'token', keyId: null, keyPrefix: null, issuer: issuer.url, subject: 'billing@example' },
    });
  });

  it('is limited per account and not per token', async () => {
    const account = await app.createAccount();
    const tokens = [
      await token({ tocsin_account: account }),
      await token({ tocsin_account: account, sub: 'b' }),
    ];
    const statuses: number[] = [];
    for (let n = 0; n < 101; n++) statuses.push(await statusOf(tokens[n % 2] ?? ''));
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });

  it('is rejected from its expiry on, also while it is cached', async () => {
    const { app: own, clock: time } = await start({ env: { OIDC_CLOCK_TOLERANCE: '10s' } });
    onTestFinished(() => own[Symbol.asyncDispose]());
    const account = await own.createAccount();
    const exp = Math.floor(time.now() / 1000) + 60;
    const text = await token({ tocsin_account: account, exp });
    time.advance(exp * 1000 + 9_999 - time.now());
    expect(await statusOf(text, own)).toBe(200);
    time.advance(1);
    expect(await refusalOf(text, own)).toEqual(unauthenticated('the token has expired'));
  });
});

type Rejection = readonly [string, Readonly<Record<string, unknown>>, () => string];

describe('a token is rejected', () => {
  it.each<Rejection>([
    ['of another issuer', { iss: 'https://other.example' }, () => `the token's iss must be ${issuer.url}`],
    ['for another audience', { aud: 'shop' }, () => "the token's claim aud has a value that is not accepted"],
    ['without an audience', { aud: undefined }, () => "the token's claim aud is missing"],
    ['without an expiry', { exp: undefined }, () => "the token's claim exp is missing"],
    ['that has expired', { exp: 1 }, () => 'the token has expired'],
    ['without a subject', { sub: undefined }, () => "the token's claim sub is missing"],
    [
      'with a subject that is no text',
      { sub: 7 },
      () => "the token's claim sub must be 1 to 255 printable characters",
    ],
    [
      'with a subject of control characters',
      { sub: 'a\nb' },
      () => "the token's claim sub must be 1 to 255 printable characters",
    ],
    [
      'without an account',
      { tocsin_account: undefined },
      () => "the token's claim tocsin_account must be the id of an account",
    ],
    [
      'with a list of accounts',
      { tocsin_account: ['acc_default'] },
      () => "the token's claim tocsin_account must be the id of an account",
    ],
    [
      'of an unknown account',
      { tocsin_account: 'acc_00000000' },
      () => "the token's claim tocsin_account names no account",
    ],
    [
      'with a malformed app',
      { tocsin_app: 7 },
      () => "the token's claim tocsin_app must be the id of an app",
    ],
    [
      'with malformed scopes',
      { scope: { '*': true } },
      () => "the token's claim scope must be a text or a list of texts",
    ],
  ])('%s', async (_name, claims, message) => {
    expect(await refusalOf(await token(claims))).toEqual(unauthenticated(message()));
  });

  it('before the time that it is valid from, beyond the tolerance', async () => {
    expect(await statusOf(await token({ nbf: seconds() + 20 }))).toBe(200);
    expect(await refusalOf(await token({ nbf: seconds() + 120 }))).toEqual(
      unauthenticated("the token's claim nbf has a value that is not accepted"),
    );
  });

  it('with another type, such as that of a logout token', async () => {
    for (const typ of ['JWT', 'at+jwt', 'application/at+jwt'])
      expect(await statusOf(await token({}, { header: { typ } }))).toBe(200);
    expect(await refusalOf(await token({}, { header: { typ: 'logout+jwt' } }))).toEqual(
      unauthenticated("the token's typ must be at+jwt or JWT"),
    );
  });

  it('with a changed payload or a changed signature', async () => {
    const [header, payload = '', signature = ''] = (await token()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...claims, scope: '*' })).toString('base64url');
    const other = signature.slice(0, -4) + (signature.endsWith('AAAA') ? 'BBBB' : 'AAAA');
    for (const text of [`${header}.${forged}.${signature}`, `${header}.${payload}.${other}`]) {
      expect(await refusalOf(text)).toEqual(
        unauthenticated('the token is malformed, or its signature is invalid'),
      );
    }
  });

  it('without a signature, or signed with a key that everyone knows', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = part({
      iss: issuer.url,
      sub: 's',
      aud: 'tocsin',
      exp: seconds() + 300,
      tocsin_account: accountId,
      scope: '*',
    });
    const published = await (await fetch(`${issuer.url}/keys`)).text();
    const hmac = (body: string) => createHmac('sha256', published).update(body).digest('base64url');
    const signed = `${part({ alg: 'HS256', kid: 'first' })}.${claims}`;
    for (const text of [`${part({ alg: 'none' })}.${claims}.x`, `${signed}.${hmac(signed)}`]) {
      expect((await refusalOf(text)).message).toMatch(/^the token's alg must be one of RS256, /);
    }
  });

  it('with a key or a key URL of its own', async () => {
    await using stranger = await OidcIssuer.start();
    const foreign = await stranger.sign(
      { iss: issuer.url, tocsin_account: accountId, scope: '*', exp: seconds() + 300 },
      { header: { kid: 'first', jku: `${stranger.url}/keys`, x5u: `${stranger.url}/keys` } },
    );
    expect((await refusalOf(foreign)).status).toBe(401);
    expect(stranger.requests).toEqual({ discovery: 0, keys: 0 });
  });

  it('if no issuer is configured', async () => {
    await using plain = await startTestApp();
    expect((await refusalOf(await token(), plain)).message).toBe('the API key is unknown');
  });
});

describe('claims', () => {
  it('have configurable names, paths and a prefix of the scopes', async () => {
    const { app: own } = await start({
      env: {
        OIDC_ACCOUNT_CLAIM: 'https://shop.example/account',
        OIDC_SCOPES_CLAIM: 'realm_access.roles',
        OIDC_SCOPE_PREFIX: 'tocsin:',
      },
    });
    onTestFinished(() => own[Symbol.asyncDispose]());
    const account = await own.createAccount();
    const withRoles = (roles: string[]) =>
      token({ 'https://shop.example/account': account, realm_access: { roles } });
    expect(await statusOf(await withRoles(['tocsin:webhooks:read']), own)).toBe(200);
    for (const role of ['webhooks:read', 'tocsin:operator', 'other:webhooks:read', '*'])
      expect(await statusOf(await withRoles([role]), own)).toBe(403);
  });
});

describe('the keys of the issuer', () => {
  it('are fetched once for many tokens', async () => {
    const { app: own } = await start();
    onTestFinished(() => own[Symbol.asyncDispose]());
    const account = await own.createAccount();
    const before = { ...issuer.requests };
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, n) => token({ tocsin_account: account, sub: `s${n}` })),
    );
    expect(new Set(await Promise.all(tokens.map((text) => statusOf(text, own))))).toEqual(new Set([200]));
    expect(issuer.requests.keys - before.keys).toBe(1);
  });

  it('rotate: a new one is fetched when a token names it, a removed one is rejected later', async () => {
    await issuer.addKey('old');
    const { app: own, clock: time } = await start();
    onTestFinished(() => own[Symbol.asyncDispose]());
    const account = await own.createAccount();
    const sign = (sub: string, kid: string) =>
      token({ tocsin_account: account, sub, exp: Math.floor(time.now() / 1000) + 3_600 }, { kid });
    const advance = (ms: number) => {
      time.advance(ms);
      vi.setSystemTime(Date.now() + ms);
    };
    const cached = await sign('cached', 'old');
    expect(await statusOf(cached, own)).toBe(200);
    await issuer.addKey('new');
    advance(10_001);
    expect(await statusOf(await sign('a', 'new'), own)).toBe(200);
    const late = await sign('b', 'old');
    issuer.removeKey('old');
    advance(10 * 60 * 1000);
    expect(await refusalOf(late, own)).toEqual(unauthenticated("the token's kid is not a key of the issuer"));
    expect(await statusOf(cached, own)).toBe(401);
  });

  it('are not asked for by a flood of tokens with unknown keys or of other issuers', async () => {
    // The time stands still, so that the pause between two requests does not end meanwhile.
    vi.setSystemTime(Date.now());
    const before = { ...issuer.requests };
    expect(await statusOf(await token({}, { kid: 'first' }))).toBe(200);
    const texts = await Promise.all(
      Array.from({ length: 50 }, (_, n) => token({}, { kid: 'first', header: { kid: `unknown-${n}` } })),
    );
    for (const text of texts) expect(await statusOf(text)).toBe(401);
    for (let n = 0; n < 20; n++)
      expect(await statusOf(await token({ iss: `https://${n}.example` }, { kid: 'first' }))).toBe(401);
    expect(issuer.requests.keys - before.keys).toBeLessThanOrEqual(1);
  });

  it.each(['status', 'garbage', 'huge', 'redirect'] as const)(
    'that cannot be fetched (%s) are a 503, which leaves other callers alone and recovers',
    async (fault) => {
      const { app: own, clock: time } = await start();
      onTestFinished(() => own[Symbol.asyncDispose]());
      const account = await own.createAccount();
      const text = await token({ tocsin_account: account });
      issuer.fault = fault;
      vi.setSystemTime(Date.now());
      const before = { ...issuer.requests };
      const refusals = await Promise.all(Array.from({ length: 10 }, () => refusalOf(text, own)));
      for (const refusal of refusals) expect(refusal).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
      for (let n = 0; n < 10; n++) expect((await refusalOf(text, own)).status).toBe(503);
      expect(issuer.requests.discovery - before.discovery).toBe(1);
      expect(await statusOf(own.rootToken, own)).toBe(200);
      issuer.fault = 'none';
      time.advance(5_001);
      vi.setSystemTime(Date.now() + 5_001);
      expect(await statusOf(text, own)).toBe(200);
    },
  );

  it('that never arrive keep no other caller waiting', async () => {
    const { app: own } = await start();
    onTestFinished(() => own[Symbol.asyncDispose]());
    issuer.fault = 'never';
    const waiting = refusalOf(await token(), own);
    expect(await statusOf(own.rootToken, own)).toBe(200);
    expect(await waiting).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
  });
});
