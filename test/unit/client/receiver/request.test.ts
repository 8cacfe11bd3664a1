import { runInNewContext } from 'node:vm';
import {
  isWebhookVerificationError,
  parseEvent,
  safeVerify,
  verify,
  verifyRaw,
  WebhookVerificationError,
} from '@tocsin/client/receiver';
import type { VerifyOptions, WebhookRequest } from '@tocsin/client/receiver';
import { signAuthforge, signStandard } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import { bufferRequest, getHeader, requireHeader } from '../../../../client/src/receiver/request.ts';

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const at = 1_775_835_000;
const now = () => at * 1000;
const login =
  '{"type":"user.login","timestamp":"2026-04-10T15:30:00.000Z",' +
  '"data":{"userId":"u","username":"n","ip":"i","hwid":"h","appId":"a"}}';

async function signed(body: string, change: object = {}) {
  return {
    body,
    headers: {
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(at),
      'webhook-signature': await signStandard(secret, { id: 'evt_1', timestamp: at, body }),
      ...change,
    },
  };
}

/** Code and message of the error of a request. */
async function failureOf(request: unknown, options: unknown = { secret, now }): Promise<string> {
  const result = await safeVerify(request as WebhookRequest, options as VerifyOptions);
  return result.ok ? 'verified' : `${result.error.code}: ${result.error.message}`;
}

/** The globals of another realm, like those of a vm context. */
const otherRealm = runInNewContext('globalThis') as typeof globalThis;

function toShared(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

describe('the body of a request', () => {
  const text = 'Zoë';
  const bytes = new TextEncoder().encode(text);
  const bodyOf = async (request: unknown) =>
    new TextDecoder().decode((await bufferRequest(request as WebhookRequest)).body);

  it.each([
    ['text', { headers: {}, body: text }],
    ['bytes', { headers: {}, body: bytes }],
    ['a view into a larger buffer', { headers: {}, body: Buffer.from(`x${text}x`).subarray(1, -1) }],
    ['an ArrayBuffer', { headers: {}, body: bytes.slice().buffer }],
    ['a DataView', { headers: {}, body: new DataView(bytes.slice().buffer) }],
    ['a view of a SharedArrayBuffer', { headers: {}, body: new Uint8Array(toShared(bytes)) }],
    ['bytes of another realm', { headers: {}, body: otherRealm.Uint8Array.from(bytes) }],
    ['an ArrayBuffer of another realm', { headers: {}, body: otherRealm.Uint8Array.from(bytes).buffer }],
    ['a Fetch request', new Request('https://r.example', { method: 'POST', body: text })],
    ['a Fetch response', new Response(text)],
    ['a body beside a field named arrayBuffer', { headers: {}, body: text, arrayBuffer: true }],
  ])('is read from %s', async (_what, request) => {
    expect(await bodyOf(request)).toBe(text);
  });

  it.each([
    [{ headers: {} }, 'the body is of type undefined; it must be the raw text or bytes'],
    [{ headers: {}, body: null }, 'the body is null; it must be the raw text or bytes'],
    [{ headers: {}, body: 7 }, 'the body is of type number; it must be the raw text or bytes'],
    [{ headers: {}, body: {} }, 'the body is of type object; it must be the raw text or bytes'],
    [{ headers: {}, body: [1, 2] }, 'the body is of type object; it must be the raw text or bytes'],
  ])('is not raw in %j', async (request, message) => {
    expect(await failureOf(request)).toBe(`BODY_NOT_RAW: ${message}`);
  });

  it('is unreadable if it was already read or reading fails', async () => {
    const headers = new Headers();
    const cause = new Error('reset');
    const used = { headers, bodyUsed: true, arrayBuffer: () => Promise.resolve(bytes.buffer) };
    const broken = { headers, bodyUsed: false, arrayBuffer: () => Promise.reject(cause) };
    expect(await failureOf(used)).toBe(
      'BODY_UNREADABLE: the body was already read; verify first, or pass request.clone()',
    );
    expect(await failureOf(broken)).toBe('BODY_UNREADABLE: the body could not be read');
    await expect(bufferRequest(broken)).rejects.toMatchObject({ cause });
  });
});

describe('the headers of a request', () => {
  it.each([
    [new Headers({ 'Webhook-Id': 'evt_1' }), 'evt_1'],
    [{ 'webhook-id': 'evt_1' }, 'evt_1'],
    [{ 'WEBHOOK-ID': 'evt_1' }, 'evt_1'],
    [{ other: 'x', 'Webhook-Id': ['evt_1'] }, 'evt_1'],
    [{ 'webhook-id': ['evt_1', 'evt_2'] }, ['evt_1', 'evt_2']],
    [{ 'webhook-id': [] }, []],
    [{ 'webhook-idx': 'evt_1' }, undefined],
    [{}, undefined],
    [new Headers(), undefined],
  ])('%j have the webhook-id %j', (headers, value) => {
    expect(getHeader(headers, 'webhook-id')).toEqual(value);
  });

  it.each([
    [{}, 'HEADER_MISSING', 'the header webhook-id is missing'],
    [{ 'webhook-id': '' }, 'HEADER_MISSING', 'the header webhook-id is missing'],
    [{ 'webhook-id': ['a', 'b'] }, 'HEADER_INVALID', 'the header webhook-id must be a single string'],
  ])('%j have no single value', (headers, code, message) => {
    expect(() => requireHeader(headers, 'webhook-id')).toThrow(
      expect.objectContaining({ code, message }) as Error,
    );
  });

  it.each([[undefined], [null], ['text'], [7]])('%j are missing', async (headers) => {
    expect(await failureOf({ headers, body: login })).toBe('HEADER_MISSING: the request has no headers');
  });
});

describe('the message of an error', () => {
  it.each([
    [
      'no secrets',
      { secrets: [] },
      'SECRET_INVALID: a secret is empty or contains white space or non-ASCII characters',
    ],
    [
      'an empty secret',
      { secret: '' },
      'SECRET_INVALID: a secret is empty or contains white space or non-ASCII characters',
    ],
    [
      'a secret that is not set',
      {},
      'SECRET_INVALID: a secret is empty or contains white space or non-ASCII characters',
    ],
    [
      'a secret with non-ASCII letters',
      { secret: 'é' },
      'SECRET_INVALID: a secret is empty or contains white space or non-ASCII characters',
    ],
    [
      'a secret that is not base64',
      { secret: 'whsec_***' },
      'SECRET_INVALID: a secret is not whsec_ followed by base64',
    ],
    [
      'a public key that is not base64',
      { secret: 'whpk_***' },
      'SECRET_INVALID: a secret is not whpk_ followed by base64 of 32 bytes',
    ],
    [
      'another secret',
      { secret: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
      'SIGNATURE_MISMATCH: no signature of the request matches a secret',
    ],
    [
      'an old request',
      { secret, now: () => (at + 301) * 1000 },
      'TIMESTAMP_TOO_OLD: the time of the request is more than 300 s in the past, or not a valid time',
    ],
    [
      'a request from the future',
      { secret, now: () => (at - 301) * 1000 },
      'TIMESTAMP_TOO_NEW: the time of the request is more than 300 s in the future',
    ],
    ['an unknown profile', { secret, profile: 'x' }, 'UNEXPECTED: the request could not be verified'],
  ])('for %s names the problem', async (_what, options, message) => {
    expect(await failureOf(await signed(login), { now, ...options })).toBe(message);
  });

  it.each([
    ['', 'HEADER_MISSING: the header webhook-timestamp is missing'],
    ['x', 'HEADER_INVALID: the header webhook-timestamp must be whole seconds since 1970, 1 to 12 digits'],
    [
      '1775835000123',
      'HEADER_INVALID: the header webhook-timestamp must be whole seconds since 1970, 1 to 12 digits',
    ],
    ...['0123', `0${at}`, `+${at}`, ` ${at}`, `${at} `, '1e9', '0x1', '-1', '1.0', '١'].map((text) => [
      text,
      'HEADER_INVALID: the header webhook-timestamp must be whole seconds since 1970, 1 to 12 digits',
    ]),
  ])('for the timestamp %j names the problem', async (timestamp, message) => {
    expect(await failureOf(await signed(login, { 'webhook-timestamp': timestamp }))).toBe(message);
  });

  it.each([
    ['nothing', 'the body is not UTF-8 JSON'],
    ['', 'the body is not UTF-8 JSON'],
    ['null', 'the body is not the JSON object that the profile standard sends'],
    ['[]', 'the body is not the JSON object that the profile standard sends'],
    ['{"type":"a","timestamp":"b"}', 'the body is not the JSON object that the profile standard sends'],
    [
      '{"type":"a","timestamp":"b","data":null}',
      'the body is not the JSON object that the profile standard sends',
    ],
    [
      '{"type":"a","timestamp":"b","data":[]}',
      'the body is not the JSON object that the profile standard sends',
    ],
    [
      '{"type":"a","timestamp":"b","data":"c"}',
      'the body is not the JSON object that the profile standard sends',
    ],
    [
      '{"type":"a","timestamp":1,"data":{}}',
      'the body is not the JSON object that the profile standard sends',
    ],
    [
      '{"type":1,"timestamp":"b","data":{}}',
      'the body is not the JSON object that the profile standard sends',
    ],
    [
      '{"event":"a","timestamp":"b","data":{}}',
      'the body is not the JSON object that the profile standard sends',
    ],
  ])('for the signed body %j names the problem', async (body, message) => {
    expect(await failureOf(await signed(body))).toBe(`ENVELOPE_INVALID: ${message}`);
  });

  it('for a payload names the event and every wrong field', async () => {
    const body = login.replace('"ip":"i"', '"ip":7').replace('"hwid":"h",', '');
    expect(await failureOf(await signed(body), { secret, now, onUnknownShape: 'reject' })).toMatch(
      /^PAYLOAD_INVALID: the data of user\.login does not match its schema: data\.ip: .+; data\.hwid: .+$/,
    );
  });

  it('comes with its cause, if there is one', async () => {
    const broken = await safeVerify(await signed('nothing'), { secret, now });
    expect(broken).toMatchObject({ ok: false, error: { cause: expect.any(SyntaxError) as SyntaxError } });
    expect('cause' in new WebhookVerificationError('UNEXPECTED', 'x')).toBe(false);
  });
});

describe('a verification error', () => {
  it('is recognized by its mark, also from another copy of the package', () => {
    const error = new WebhookVerificationError('UNEXPECTED', 'x');
    expect(error).toMatchObject({ name: 'WebhookVerificationError', code: 'UNEXPECTED', message: 'x' });
    expect(isWebhookVerificationError(error)).toBe(true);
    expect(isWebhookVerificationError({ [Symbol.for('tocsin.webhook-verification-error')]: true })).toBe(
      true,
    );
    for (const other of [new Error('x'), { code: 'UNEXPECTED' }, null, undefined, 'text']) {
      expect(isWebhookVerificationError(other)).toBe(false);
    }
  });

  it('is what verify throws, and what safeVerify returns', async () => {
    const request = await signed(`${login} `);
    const wrong = { ...request, body: login };
    await expect(verify(wrong, { secret, now })).rejects.toMatchObject({ code: 'SIGNATURE_MISMATCH' });
    expect(await safeVerify(wrong, { secret, now })).toMatchObject({ ok: false });
    expect(await safeVerify(request, { secret, now })).toMatchObject({
      ok: true,
      event: { type: 'user.login' },
    });
  });
});

describe('the event of a request', () => {
  const body = login.replace('"type"', '"event"');
  const headers = async () => ({ 'x-authforge-signature': await signAuthforge(secret, body) });
  const options = { secret, profile: 'authforge' } as const;

  it('has an id only if the request has one', async () => {
    expect(await verifyRaw({ body, headers: await headers() }, options)).toEqual({
      id: undefined,
      type: 'user.login',
      timestamp: '2026-04-10T15:30:00.000Z',
      data: { userId: 'u', username: 'n', ip: 'i', hwid: 'h', appId: 'a' },
    });
    const withId = { ...(await headers()), 'webhook-id': 'evt_1' };
    expect((await verifyRaw({ body, headers: withId }, options)).id).toBe('evt_1');
    const withTwo = { ...(await headers()), 'webhook-id': ['evt_1', 'evt_2'] };
    expect((await verifyRaw({ body, headers: withTwo }, options)).id).toBeUndefined();
  });

  it('has its name under `event` in authforge and authon, and under `type` in standard', async () => {
    const result = await safeVerify(
      { body: login, headers: { 'x-webhook-secret': secret } },
      { secret, profile: 'authon' },
    );
    expect(result).toMatchObject({ ok: false, error: { code: 'ENVELOPE_INVALID' } });
    expect(
      await safeVerify({ body, headers: { 'x-webhook-secret': secret } }, { secret, profile: 'authon' }),
    ).toMatchObject({ ok: true });
  });

  it('is checked for its age only if a tolerance is set', async () => {
    const request = { body, headers: await headers() };
    const own = Date.parse('2026-04-10T15:30:00.000Z');
    const codeAt = async (ms: number, tolerance?: number) => {
      const result = await safeVerify(request, { ...options, tolerance, now: () => own + ms });
      return result.ok ? 'verified' : result.error.code;
    };
    expect(await codeAt(10 ** 12)).toBe('verified');
    expect(await codeAt(10_000, 10)).toBe('verified');
    expect(await codeAt(10_001, 10)).toBe('TIMESTAMP_TOO_OLD');
    expect(await codeAt(-10_000, 10)).toBe('verified');
    expect(await codeAt(-10_001, 10)).toBe('TIMESTAMP_TOO_NEW');
  });

  it('with an invalid time is too old if a tolerance is set', async () => {
    const text = body.replace('2026-04-10T15:30:00.000Z', 'never');
    const request = { body: text, headers: { 'x-authforge-signature': await signAuthforge(secret, text) } };
    expect(await failureOf(request, { ...options, tolerance: 10 })).toMatch(/^TIMESTAMP_TOO_OLD/);
  });

  it('is parsed by the schema of its type, or has the type unknown if there is none', () => {
    const raw = { id: 'evt_1', timestamp: '2026-04-10T15:30:00.000Z' };
    const data = { userId: 'u', username: 'n', ip: 'i', hwid: 'h', appId: 'a', more: 1 };
    expect(parseEvent({ ...raw, type: 'user.login', data })).toEqual({ ...raw, type: 'user.login', data });
    expect(parseEvent({ ...raw, type: 'user.moved', data })).toEqual({
      ...raw,
      type: 'unknown',
      eventType: 'user.moved',
      data,
    });
  });
});
