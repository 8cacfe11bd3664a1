import {
  explainFailure,
  expressReceiver,
  fastifyReceiver,
  fetchReceiver,
  honoReceiver,
  lambdaReceiver,
  nodeReceiver,
  safeVerify,
  type SecretResult,
} from '@tocsin/client/receiver';
import { signStandard } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const other = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const at = 1_775_835_000;
const now = () => at * 1000;
const body =
  '{"type":"user.login","timestamp":"2026-04-10T15:30:00.000Z",' +
  '"data":{"userId":"u","username":"n","ip":"i","hwid":"h","appId":"a"}}';

async function toRequest(path = '/', more: Record<string, string> = {}) {
  return new Request(`http://r.invalid${path}`, {
    method: 'POST',
    body,
    headers: {
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(at),
      'webhook-signature': await signStandard(secret, { id: 'evt_1', timestamp: at, body }),
      ...more,
    },
  });
}

const adapters = {
  expressReceiver,
  fastifyReceiver,
  fetchReceiver,
  honoReceiver,
  lambdaReceiver,
  nodeReceiver,
} as unknown as Record<string, (options: unknown, handler: unknown) => unknown>;
const publicKey = `whpk_${'A'.repeat(42)}=`; // 31 bytes
const invalid: [what: string, options: object, message: RegExp][] = [
  ['an empty secret', { secret: '' }, /^the option secret is empty or contains white space/],
  ['a blank secret', { secret: ' \n' }, /^the option secret is empty or contains white space/],
  ['a secret that is not set', { secret: undefined }, /^the option secret is required, but undefined$/],
  ['no secret', {}, /^the option secret is required, but undefined$/],
  ['a secret of another type', { secret: 7 }, /^the option secret is empty or contains/],
  ['null', { secret: null }, /^the option secret is empty or contains/],
  ['a secret with a line end', { secret: `${secret}\n` }, /^the option secret is empty or contains white/],
  ['a secret without prefix', { secret: secret.slice(6) }, /^the option secret does not start with whsec_/],
  [
    'a secret that is not base64',
    { secret: 'whsec_*' },
    /^the option secret is not whsec_ followed by base64$/,
  ],
  ['a short secret', { secret: 'whsec_QUJD' }, /^the option secret is shorter than 24 bytes$/],
  ['a truncated public key', { secret: publicKey }, /^the option secret is not whpk_ followed by base64/],
  [
    'a public key of authforge',
    { secret: 'whpk_x', profile: 'authforge' },
    /^the option secret does not start/,
  ],
  ['no secrets', { secrets: [] }, /^secrets must be a list of at least one secret$/],
  ['a text as secrets', { secrets: secret }, /^secrets must be a list of at least one secret$/],
  ['an empty one of two secrets', { secrets: [secret, ''] }, /^the option secrets\[1\] is empty/],
  ['an unknown profile', { secret, profile: 'none' }, /^profile must be one of authon, authforge, standard$/],
  ['an inherited profile', { secret, profile: 'toString' }, /^profile must be one of/],
  ['a tolerance that is no number', { secret, tolerance: Number.NaN }, /^tolerance must be a number of at/],
  ['a limit that is no number', { secret, maxBodyBytes: Number.NaN }, /^maxBodyBytes must be a number of at/],
  ['a limit of zero', { secret, maxBodyBytes: 0 }, /^maxBodyBytes must be a number of at least 1$/],
];

describe.each(Object.entries(adapters))('%s', (_name, create) => {
  it.each(invalid)('is not created with %s', (_what, options, message) => {
    let error: unknown;
    try {
      create(options, () => undefined);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(message);
    for (const hidden of [secret.slice(6), 'QUJD', publicKey]) {
      expect((error as Error).message).not.toContain(hidden);
    }
  });

  it('is not created without a handler', () => {
    expect(() => create({ secret }, undefined)).toThrow(new TypeError('the handler must be a function'));
  });

  it('is created with a secret, with several, and with a function', () => {
    for (const options of [{ secret }, { secrets: [secret, other] }, { secret: () => '' }]) {
      expect(() => create({ ...options, tolerance: Infinity }, () => undefined)).not.toThrow();
    }
  });
});

describe('a function as secret', () => {
  /** Posts a signed request. Returns the status, the error codes of `onFailure`, and the response. */
  async function post(
    secretOf: (request: Request, env: { readonly key: string }) => SecretResult | Promise<SecretResult>,
    request?: Request,
  ) {
    const failures: unknown[] = [];
    let handled = 0;
    const receive = fetchReceiver(
      { secret: secretOf, now, onFailure: (error) => void failures.push(error) },
      () => void handled++,
    );
    const response = await receive(request ?? (await toRequest()), { key: secret });
    return { status: response.status, text: await response.text(), failures, handled };
  }

  it.each([
    ['one secret', () => secret],
    ['a promise of one', () => Promise.resolve(secret)],
    ['several, of which one is right', () => [other, secret]],
    ['a promise of several', () => Promise.resolve([secret, other])],
  ])('may return %s', async (_what, secretOf) => {
    expect(await post(secretOf)).toMatchObject({ status: 200, failures: [], handled: 1 });
  });

  it('gets the request, and the env of a worker', async () => {
    const tenants: Record<string, string> = { '/a': other, '/b': secret };
    const byTenant = (request: Request) => tenants[new URL(request.url).pathname] ?? null;
    expect((await post(byTenant, await toRequest('/b'))).status).toBe(200);
    expect((await post(byTenant, await toRequest('/a'))).status).toBe(401);
    expect((await post((_request, env) => env.key)).status).toBe(200);
  });

  it('is called for each request', async () => {
    const keys = [other, secret];
    const receive = fetchReceiver({ secret: () => keys.shift() ?? null, now }, () => undefined);
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await receive(await toRequest())).status);
    expect(statuses).toEqual([401, 200, 401]);
  });

  it.each([
    ['throws', () => expect.fail('the vault has hunter2')],
    ['rejects', () => Promise.reject(new Error('the vault has hunter2'))],
  ])('that %s makes the receiver return 500, and the sender learns nothing', async (_what, secretOf) => {
    const { status, text, failures, handled } = await post(secretOf);
    expect({ status, text, handled }).toEqual({
      status: 500,
      text: '{"error":"receiver_failed"}',
      handled: 0,
    });
    expect(failures).toMatchObject([
      { code: 'SECRET_UNAVAILABLE', message: 'the function of the option secret failed' },
    ]);
    expect((failures[0] as Error).cause).toMatchObject({ message: 'the vault has hunter2' });
  });

  it.each([
    ['an empty text', ''],
    ['nothing', undefined],
    ['no secrets', []],
    ['a secret that is not base64', 'whsec_***'],
  ])('that returns %s makes the receiver return 500', async (_what, result) => {
    const { status, failures } = await post(() => result as string);
    expect(status).toBe(500);
    expect(failures).toMatchObject([{ code: 'SECRET_INVALID' }]);
  });

  it('that returns null makes the receiver return 401', async () => {
    const { status, failures } = await post(() => null);
    expect(status).toBe(401);
    expect(failures).toMatchObject([{ code: 'SIGNATURE_MISMATCH' }]);
  });

  it('is not called for a body that is too large', async () => {
    const receive = fetchReceiver({ secret: () => expect.unreachable(), maxBodyBytes: 10 }, () => undefined);
    expect((await receive(await toRequest())).status).toBe(413);
  });

  it('is accepted by verify and explainFailure', async () => {
    const options = {
      now,
      secret: (request: { readonly headers: object }) => ('get' in request.headers ? secret : ''),
    };
    expect(await safeVerify(await toRequest(), options)).toMatchObject({ ok: true });
    expect((await explainFailure(await toRequest(), options)).code).toBe('VERIFIED');
    const failing = { now, secret: () => Promise.reject(new Error('hunter2')) };
    expect(await explainFailure(await toRequest(), failing)).toMatchObject({
      code: 'SECRET_MISSING',
      message: 'the function of the option secret failed',
    });
  });
});
