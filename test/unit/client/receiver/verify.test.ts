import { isWebhookVerificationError, safeVerify, verify, verifyRaw } from '@tocsin/client/receiver';
import type { VerificationErrorCode, VerifyOptions, WebhookRequest } from '@tocsin/client/receiver';
import { signAuthforge, signStandard } from '@tocsin/shared';
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { allVectors, toVerifyOptions, getVector } from './vectors.ts';
import { anyCodePoint } from '../../../support/any-code-point.ts';

/** The share of the 100,000 requests that a run takes. FUZZ_SHARE=1 takes all of them. */
const fuzzShare = Number(process.env['FUZZ_SHARE'] ?? 0.2);

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const at = 1_775_835_000;
const now = () => at * 1000;
const login =
  '{"type":"user.login","timestamp":"2026-04-10T15:30:00.000Z","data":{"userId":"u","username":"n","ip":"i","hwid":"h","appId":"a"}}';

async function signed<TBody extends string | Uint8Array>(body: TBody, { id = 'evt_1', timestamp = at } = {}) {
  const signature = await signStandard(secret, { id, timestamp, body });
  return {
    body,
    headers: { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature },
  };
}

async function verifyCode(request: unknown, options: unknown): Promise<VerificationErrorCode | 'verified'> {
  const result = await safeVerify(request as WebhookRequest, options as VerifyOptions);
  return result.ok ? 'verified' : result.error.code;
}

describe('the test vectors computed by Python and openssl', () => {
  it.each(allVectors)('$profile: $name: verifies is $verifies', async (vector) => {
    const body = Uint8Array.from(Buffer.from(vector.bodyBase64, 'base64'));
    const result = await safeVerify({ body, headers: vector.headers }, toVerifyOptions(vector));
    expect(result.ok).toBe(vector.verifies);
  });

  it.each(allVectors.filter((vector) => vector.verifies))(
    '$profile: $name: is rejected if any signed byte changes',
    async (vector) => {
      if (vector.profile === 'authon') return; // the secret in the header does not cover the body
      const body = Buffer.from(vector.bodyBase64, 'base64');
      for (let index = 0; index < body.length; index += 7) {
        const changed = Uint8Array.from(body);
        changed[index] = (changed[index] ?? 0) ^ 1;
        const code = await verifyCode({ body: changed, headers: vector.headers }, toVerifyOptions(vector));
        expect(code).toBe('SIGNATURE_MISMATCH');
      }
    },
  );

  it('have the signatures that our signer computes', async () => {
    for (const vector of allVectors.filter(({ verifies }) => verifies)) {
      const signers = vector.secrets.filter((key) => key.startsWith('whsec_'));
      const { headers, body } = vector;
      const made = await Promise.all(
        signers.map((key) =>
          vector.profile === 'authforge'
            ? signAuthforge(key, body)
            : signStandard(key, { id: 'evt_01k0000000000000000000000a', timestamp: at, body }),
        ),
      );
      const sent = (headers['x-authforge-signature'] ?? headers['webhook-signature'] ?? '').split(' ');
      if (vector.profile !== 'authon' && signers.length > 0)
        expect(made.some((one) => sent.includes(one))).toBe(true);
    }
  });
});

describe('the standardwebhooks library', () => {
  it('verifies what we sign, and we verify what it signs', async () => {
    const library = new Webhook(secret);
    const seconds = Math.floor(Date.now() / 1000);
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.stringMatching(/^evt_[0-9a-z]{1,26}$/), async (data, id) => {
        const body = `{"type":"later.event","timestamp":"2026-04-10T15:30:00.000Z","data":{"value":${data}}}`;
        const ours = await signed(body, { id, timestamp: seconds });
        expect(library.verify(body, ours.headers)).toEqual(JSON.parse(body));
        const theirs = {
          ...ours.headers,
          'webhook-signature': library.sign(id, new Date(seconds * 1000), body),
        };
        expect(await verifyCode({ body, headers: theirs }, { secret })).toBe('verified');
      }),
      { numRuns: 200 },
    );
  });

  it('rejects what we reject: another body, another id, another time', async () => {
    const { body, headers } = await signed(login);
    for (const change of [
      { body: `${body} `, headers },
      { body, headers: { ...headers, 'webhook-id': 'evt_2' } },
      { body, headers: { ...headers, 'webhook-timestamp': String(at + 1) } },
    ]) {
      expect(await verifyCode(change, { secret, now })).toBe('SIGNATURE_MISMATCH');
    }
  });
});

describe('verify', () => {
  it('returns the event, typed by its name, with the id that every attempt repeats', async () => {
    const event = await verify(await signed(login), { secret, now });
    expect(event).toEqual({
      type: 'user.login',
      id: 'evt_1',
      timestamp: '2026-04-10T15:30:00.000Z',
      data: { userId: 'u', username: 'n', ip: 'i', hwid: 'h', appId: 'a' },
    });
  });

  it('accepts a Fetch request', async () => {
    const { body, headers } = await signed(login);
    const request = new Request('https://receiver.example/hooks', { method: 'POST', body, headers });
    expect((await verify(request, { secret, now })).type).toBe('user.login');
  });

  it('accepts an ArrayBuffer, and headers in any case or as lists of one', async () => {
    const { body, headers } = await signed(login);
    const request = {
      body: new TextEncoder().encode(body).buffer,
      headers: {
        'Webhook-Id': headers['webhook-id'],
        'WEBHOOK-TIMESTAMP': [headers['webhook-timestamp']],
        'webhook-signature': headers['webhook-signature'],
      },
    };
    expect((await verify(request, { secret, now })).type).toBe('user.login');
  });

  it('keeps unknown fields of a payload', async () => {
    const event = await verify(await signed(login.replace('"hwid"', '"later":[1],"hwid"')), { secret, now });
    expect(event.data).toMatchObject({ later: [1], hwid: 'h' });
  });

  it('returns an event of a newer catalog as unknown', async () => {
    const body = '{"type":"license.moved","timestamp":"2026-04-10T15:30:00.000Z","data":{"to":"x"}}';
    expect(await verify(await signed(body), { secret, now })).toEqual({
      type: 'unknown',
      eventType: 'license.moved',
      id: 'evt_1',
      timestamp: '2026-04-10T15:30:00.000Z',
      data: { to: 'x' },
    });
  });

  it('treats names such as __proto__ and constructor as unknown events', async () => {
    for (const type of ['__proto__', 'constructor', 'toString', 'unknown']) {
      const body = JSON.stringify({ type, timestamp: '2026-04-10T15:30:00.000Z', data: {} });
      expect(await verify(await signed(body), { secret, now })).toMatchObject({
        type: 'unknown',
        eventType: type,
      });
    }
  });

  it('rejects a known event with an invalid payload if asked to, and names the fields', async () => {
    const body = login.replace('"ip":"i"', '"ip":7');
    const result = await safeVerify(await signed(body), { secret, now, onUnknownShape: 'reject' });
    expect(result.ok).toBe(false);
    if (!result.ok)
      expect(result.error).toMatchObject({
        code: 'PAYLOAD_INVALID',
        message: expect.stringContaining('data.ip') as string,
      });
  });

  it('verifies with any of several secrets, first or last, and with no other', async () => {
    const other = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(await verifyCode(await signed(login), { secrets: [other, secret], now })).toBe('verified');
    expect(await verifyCode(await signed(login), { secrets: [secret, other], now })).toBe('verified');
    expect(await verifyCode(await signed(login), { secrets: [other], now })).toBe('SIGNATURE_MISMATCH');
  });

  it.each([
    ['no options', undefined, 'UNEXPECTED'],
    ['an empty secret', { secret: '' }, 'SECRET_INVALID'],
    ['a secret that is not set', { secret: undefined }, 'SECRET_INVALID'],
    ['no secrets', { secrets: [] }, 'SECRET_INVALID'],
    ['a good secret beside an empty one', { secrets: [secret, ''] }, 'SECRET_INVALID'],
    ['a line end after the secret', { secret: `${secret}\n` }, 'SECRET_INVALID'],
    ['a secret that is not base64', { secret: 'whsec_***' }, 'SECRET_INVALID'],
    ['a secret without its prefix', { secret: secret.slice(6) }, 'SECRET_INVALID'],
    ['a good secret beside one without its prefix', { secrets: [secret, secret.slice(6)] }, 'SECRET_INVALID'],
    ['a secret of 23 bytes', { secret: `whsec_${btoa('x'.repeat(23))}` }, 'SECRET_INVALID'],
    [
      'a short secret of authforge',
      { secret: `whsec_${'x'.repeat(23)}`, profile: 'authforge' },
      'SECRET_INVALID',
    ],
    ['a short secret of authon', { secret: `whsec_${'x'.repeat(23)}`, profile: 'authon' }, 'SECRET_INVALID'],
    ['an unknown profile', { secret, profile: 'none' }, 'UNEXPECTED'],
    ['a tolerance that is no number', { secret, now, tolerance: Number.NaN }, 'TIMESTAMP_TOO_OLD'],
  ])('never verifies with %s', async (_name, options, code) => {
    expect(await verifyCode(await signed(login), options)).toBe(code);
  });

  it.each(['authon', 'authforge', 'standard'])(
    'never verifies with a secret that is empty or blank in %s',
    async (profile) => {
      for (const blank of ['', ' ', '\t', `${secret} `]) {
        const signature = blank === '' ? 'sha256=00' : await signAuthforge(blank, login);
        const headers = { 'x-webhook-secret': blank, 'x-authforge-signature': signature };
        expect(await verifyCode({ body: login, headers }, { secret: blank, profile })).toBe('SECRET_INVALID');
      }
    },
  );

  it.each(['authon', 'authforge', 'standard'] as const)(
    'never takes a public key without its prefix for a shared secret in %s',
    async (profile) => {
      const { publicKey } = generateKeyPairSync('ed25519');
      const known = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
      const type = profile === 'standard' ? 'type' : 'event';
      const text = login.replace(/"(type|event)"/, `"${type}"`);
      const seconds = Math.floor(now() / 1000);
      const message = { id: 'evt_forged', timestamp: seconds, body: text };
      for (const key of [known, `whpk_${known}`]) {
        const headers = {
          'webhook-id': message.id,
          'webhook-timestamp': String(seconds),
          'webhook-signature': await signStandard(known, message),
          'x-authforge-signature': await signAuthforge(key, text),
          'x-webhook-secret': key,
        };
        const code = await verifyCode({ body: text, headers }, { secret: key, profile, now });
        expect(['SECRET_INVALID', 'SIGNATURE_MISMATCH']).toContain(code);
      }
    },
  );

  it('does not accept an empty header for an empty secret', async () => {
    const request = { body: login, headers: { 'x-webhook-secret': '' } };
    expect(await verifyCode(request, { secret: '', profile: 'authon' })).toBe('SECRET_INVALID');
  });

  it.each([
    ['a parsed body', { body: JSON.parse(login) as unknown, headers: {} }, 'BODY_NOT_RAW'],
    ['no body', { headers: {} }, 'BODY_NOT_RAW'],
    ['no headers', { body: login }, 'HEADER_MISSING'],
    ['nothing', undefined, 'UNEXPECTED'],
    [
      'headers without a signature',
      { body: login, headers: { 'webhook-id': 'x', 'webhook-timestamp': '1' } },
      'HEADER_MISSING',
    ],
  ])('rejects a request of %s with a typed error', async (_name, request, code) => {
    expect(await verifyCode(request, { secret, now })).toBe(code);
  });

  it('rejects a repeated header instead of choosing one value', async () => {
    const { body, headers } = await signed(login);
    const twice = { ...headers, 'webhook-id': ['evt_1', 'evt_2'] };
    expect(await verifyCode({ body, headers: twice }, { secret, now })).toBe('HEADER_INVALID');
  });

  it.each(['', '0x69d9', '1775835000.0', '-5', '1e9', '1775835000000000'])(
    'rejects the timestamp "%s", which is not plain whole seconds',
    async (timestamp) => {
      const { body, headers } = await signed(login);
      const code = await verifyCode(
        { body, headers: { ...headers, 'webhook-timestamp': timestamp } },
        { secret, now },
      );
      expect(code).toBe(timestamp === '' ? 'HEADER_MISSING' : 'HEADER_INVALID');
    },
  );

  it('reports a body that was already read, or cannot be read', async () => {
    const { body, headers } = await signed(login);
    const used = new Request('https://receiver.example', { method: 'POST', body, headers });
    await used.text();
    expect(await verifyCode(used, { secret, now })).toBe('BODY_UNREADABLE');
    const broken = {
      headers: new Headers(headers),
      bodyUsed: false,
      arrayBuffer: () => Promise.reject(new Error('reset')),
    };
    expect(await verifyCode(broken, { secret, now })).toBe('BODY_UNREADABLE');
  });

  it.each([
    'nothing',
    '[]',
    '"text"',
    '{"type":1}',
    '{"event":"user.login","timestamp":"t","data":{}}',
    '{"type":"a","timestamp":"b","data":[]}',
  ])('rejects the verified body %s, which is not an envelope', async (body) => {
    expect(await verifyCode(await signed(body), { secret, now })).toBe('ENVELOPE_INVALID');
  });

  it('rejects verified bytes that are not UTF-8', async () => {
    expect(await verifyCode(await signed(Uint8Array.of(0xc3, 0x28)), { secret, now })).toBe(
      'ENVELOPE_INVALID',
    );
  });

  it('checks the age of an authforge event only if a tolerance is set', async () => {
    const vector = getVector('authforge', "the wire contract's example");
    const then = Date.parse('2026-04-10T15:30:00.000Z');
    const options = { secret: vector.secrets[0], profile: 'authforge', now: () => then + 61_000 };
    expect(await verifyCode(vector, options)).toBe('verified');
    expect(await verifyCode(vector, { ...options, tolerance: 61 })).toBe('verified');
    expect(await verifyCode(vector, { ...options, tolerance: 60 })).toBe('TIMESTAMP_TOO_OLD');
    expect(await verifyCode(vector, { ...options, now: () => then - 61_000, tolerance: 60 })).toBe(
      'TIMESTAMP_TOO_NEW',
    );
  });

  it('verifyRaw verifies the origin and does not validate the payload', async () => {
    const body = login.replace('"ip":"i"', '"ip":7');
    const raw = await verifyRaw(await signed(body), { secret, now });
    expect(raw).toMatchObject({ type: 'user.login', data: { ip: 7 } });
  });

  it('never includes the secret, the signature or the payload in its errors', async () => {
    const { body, headers } = await signed(login.replace('"n"', '"canary"').replace('"ip":"i"', '"ip":7'));
    const errors = await Promise.all(
      [
        { body, headers },
        { body: `${body} `, headers },
        { body, headers: { ...headers, 'webhook-timestamp': '5' } },
      ].map((request) => safeVerify(request, { secret, now, onUnknownShape: 'reject' })),
    );
    for (const result of errors) {
      if (result.ok) throw new Error('expected a rejection');
      const shown = `${result.error.message} ${result.error.stack}`;
      for (const hidden of [secret, headers['webhook-signature'], 'canary'])
        expect(shown).not.toContain(hidden);
    }
  });
});

describe('100,000 hostile requests', () => {
  const text = fc.oneof(
    fc.string({ unit: anyCodePoint, maxLength: 60 }),
    fc.json(),
    fc.constantFrom(login, '', '{}', 'null'),
  );
  const body = fc.oneof(text, fc.uint8Array({ maxLength: 60 }), fc.anything());
  const headerValue = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.constantFrom('v1,', 'v1,AA== v1a,AA==', 'sha256=00', String(at), secret, '9'.repeat(400)),
    fc.array(fc.string(), { maxLength: 3 }),
    fc.anything(),
  );
  const headers = fc.oneof(
    fc.record(
      {
        'webhook-id': headerValue,
        'webhook-timestamp': headerValue,
        'webhook-signature': headerValue,
        'x-webhook-secret': headerValue,
        'x-authforge-signature': headerValue,
      },
      { requiredKeys: [] },
    ),
    fc.anything(),
  );
  const options = fc.record({
    secret: fc.oneof({ weight: 8, arbitrary: fc.constant(secret) }, { weight: 1, arbitrary: fc.anything() }),
    profile: fc.constantFrom('standard', 'authforge', 'authon', 'unknown'),
    tolerance: fc.constantFrom(undefined, 0, 300, Number.NaN),
  });

  it('result in an event or in a typed error, and in nothing else', { timeout: 60_000 }, async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(body, headers, options, async (body, headers, options) => {
        runs++;
        try {
          await verify({ body, headers } as WebhookRequest, options as VerifyOptions);
        } catch (error) {
          if (!isWebhookVerificationError(error)) throw error;
        }
      }),
      { numRuns: 85_000 * fuzzShare },
    );
    expect(runs).toBe(85_000 * fuzzShare);
  });

  it('with a valid signature are accepted or rejected by their content', { timeout: 60_000 }, async () => {
    const envelope = fc.record({
      type: fc.oneof(fc.constantFrom('user.login', 'test', '__proto__', 'license.created'), fc.string()),
      timestamp: fc.string(),
      data: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
    });
    const content = fc.oneof(
      envelope.map((value) => JSON.stringify(value)),
      text,
      fc.uint8Array({ maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(content, async (body) => {
        const result = await safeVerify(await signed(body), { secret, now });
        if (!result.ok) expect(result.error.code).toBe('ENVELOPE_INVALID');
      }),
      { numRuns: 15_000 * fuzzShare },
    );
  });
});
