import { explainFailure } from '@tocsin/client/receiver';
import type { Explanation, ExplainOptions, FindingCode } from '@tocsin/client/receiver';
import { signStandard } from '@tocsin/shared';
import { describe, expect, it, vi } from 'vitest';
import { getVector } from './vectors.ts';

const standard = getVector('standard', 'letters beyond ASCII and escapes');
const authforge = getVector('authforge', "the wire contract's example");
const authon = getVector('authon', 'the secret in the header');
const ed25519 = getVector('standard', 'ed25519 signature');
const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const other = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const now = () => (standard.now ?? 0) * 1000;
const { headers } = standard;
const event = JSON.parse(standard.body) as { data: object };
const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const withHeaders = (change: object) => ({ ...headers, ...change });
const without = (name: string) => Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
const hex = Buffer.from(headers['webhook-signature']?.slice(3) ?? '', 'base64').toString('hex');

async function signed(body: string) {
  const message = { id: 'evt_1', timestamp: standard.now ?? 0, body };
  const signature = await signStandard(secret, message);
  return {
    body,
    headers: {
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(message.timestamp),
      'webhook-signature': signature,
    },
  };
}

/** A mistake, the expected finding, and the request and options that the receiver passes. */
type Case = [what: string, code: FindingCode, request: unknown, options?: object];

const mistakes: Case[] = [
  ['nothing is wrong', 'VERIFIED', standard],
  ['the parsed object is passed', 'PARSED_OBJECT', { headers, body: event }],
  ['the parsed object is turned into text', 'PARSED_OBJECT', { headers, body: '[object Object]' }],
  ['the body alone is passed, without headers', 'PARSED_OBJECT', event],
  ['the body was read before', 'BODY_EMPTY', { headers, body: '' }],
  [
    'the body is parsed and written again with spaces',
    'BODY_RESERIALIZED',
    { headers, body: JSON.stringify(event, null, 2) },
  ],
  [
    'letters beyond ASCII are written as escapes, as Python does',
    'BODY_RESERIALIZED',
    {
      headers,
      body: standard.body.replace(
        /[^\0-\x7f]/g,
        (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
    },
  ],
  [
    'the keys come back in another order',
    'BODY_RESERIALIZED',
    { headers, body: JSON.stringify(Object.fromEntries(Object.entries(event).reverse())) },
  ],
  [
    'the keys of the payload come back sorted, as Go does',
    'BODY_RESERIALIZED',
    {
      headers,
      body: JSON.stringify({
        ...event,
        data: Object.fromEntries(Object.entries(event.data).sort(([a], [b]) => (a < b ? -1 : 1))),
      }),
    },
  ],
  ['a line end is added', 'BODY_LINE_ENDINGS', { headers, body: `${standard.body}\n` }],
  ['a byte order mark is added', 'BODY_BYTE_ORDER_MARK', { headers, body: `\ufeff${standard.body}` }],
  [
    'the body is read as Latin-1',
    'BODY_CHARSET',
    { headers, body: Buffer.from(standard.body).toString('latin1') },
  ],
  [
    'the body is read as ASCII, and letters are lost',
    'BODY_LOSSY',
    { headers, body: standard.body.replace('ë', '\ufffd') },
  ],
  [
    'the body is JSON in a JSON string',
    'BODY_DOUBLE_ENCODED',
    { headers, body: JSON.stringify(standard.body) },
  ],
  ['the gateway passes base64', 'BODY_BASE64', { headers, body: standard.bodyBase64 }],
  [
    'a form parser had the body',
    'BODY_FORM_ENCODED',
    { headers, body: `payload=${encodeURIComponent(standard.body)}` },
  ],
  ['the body is still compressed', 'BODY_COMPRESSED', { headers, body: Uint8Array.of(0x1f, 0x8b, 8, 0) }],
  ['the body is cut short', 'BODY_TRUNCATED', { headers, body: standard.body.slice(0, 60) }],
  [
    'a proxy changes a value, and what was sent is known',
    'BODY_CHANGED',
    { headers, body: standard.body.replace('usr_1', 'usr_2') },
    { sentBody: standard.body },
  ],
  ['the secret is not set', 'SECRET_MISSING', standard, { secret: undefined }],
  ['there are no secrets', 'SECRET_MISSING', standard, { secret: undefined, secrets: [] }],
  ['the secret ends in a line end', 'SECRET_WHITE_SPACE', standard, { secret: `${secret}\n` }],
  ['the secret is in quotes', 'SECRET_QUOTED', standard, { secret: `"${secret}"` }],
  ['the secret is a signature', 'SECRET_VERSION_PREFIX', standard, { secret: headers['webhook-signature'] }],
  ['the secret is an API key', 'SECRET_IS_API_KEY', standard, { secret: 'tsk_0123456789' }],
  ['the secret is cut short', 'SECRET_NOT_BASE64', standard, { secret: 'whsec_7f8a9b2c3d4e5f6a...' }],
  [
    'the prefix of the secret was removed',
    'SECRET_PREFIX_MISSING',
    authforge,
    { secret: secret.slice(6), profile: 'authforge' },
  ],
  ['a secret is used for an ed25519 signature', 'SECRET_KIND', ed25519],
  ['a public key is used for a v1 signature', 'SECRET_KIND', standard, { secret: ed25519.secrets[0] }],
  ['the secret is that of another webhook', 'WRONG_SECRET', standard, { secret: other }],
  [
    'the secret is that of another webhook, in authon',
    'WRONG_SECRET',
    authon,
    { secret: other, profile: 'authon' },
  ],
  ['a header is missing', 'HEADER_MISSING', { body: standard.body, headers: without('webhook-timestamp') }],
  [
    'headers have their names of WSGI',
    'HEADER_RENAMED',
    {
      body: standard.body,
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          `HTTP_${name.toUpperCase().replaceAll('-', '_')}`,
          value,
        ]),
      ),
    },
  ],
  [
    'a header came twice',
    'HEADER_FOLDED',
    { body: standard.body, headers: withHeaders({ 'webhook-id': ['a', 'b'] }) },
  ],
  [
    'a proxy joined two headers',
    'HEADER_FOLDED',
    { body: standard.body, headers: withHeaders({ 'webhook-signature': 'v1,AAAA, v1,BBBB' }) },
  ],
  [
    'the signature lost its version',
    'SIGNATURE_MALFORMED',
    { body: standard.body, headers: withHeaders({ 'webhook-signature': hex }) },
  ],
  [
    'the signature lost its algorithm',
    'SIGNATURE_MALFORMED',
    {
      body: authforge.body,
      headers: { 'x-authforge-signature': authforge.headers['x-authforge-signature']?.slice(7) },
    },
    { profile: 'authforge' },
  ],
  [
    'the timestamp is in milliseconds',
    'TIMESTAMP_UNIT',
    { body: standard.body, headers: withHeaders({ 'webhook-timestamp': '1775835000000' }) },
  ],
  ['the request is old', 'TIMESTAMP_OLD', standard, { now: () => now() + 400_000 }],
  ['our clock is behind', 'TIMESTAMP_NEW', standard, { now: () => now() - 400_000 }],
  ['the profile is another one', 'WRONG_PROFILE', authforge],
  [
    'the profile is another one, though its headers are there',
    'WRONG_PROFILE',
    {
      body: authforge.body,
      headers: { ...authforge.headers, 'x-webhook-secret': 'x' },
    },
    { profile: 'authon' },
  ],
  [
    'the webhook is set to Discord',
    'CHAT_FORMAT',
    { body: '{"username":"Tocsin","embeds":[]}', headers: {} },
  ],
];

describe('explainFailure', () => {
  it.each(mistakes)('if %s finds %s', async (_what, code, request, options = {}) => {
    expect((await explainFailure(request, { secret, now, ...options })).code).toBe(code);
  });

  it('distinguishes at least 30 mistakes', () => {
    expect(new Set(mistakes.map(([, code]) => code)).size).toBeGreaterThanOrEqual(30);
  });

  it('finds a verified request that is not an event', async () => {
    expect((await explainFailure(await signed('[]'), { secret, now })).code).toBe('ENVELOPE');
    const body = '{"type":"user.ban","timestamp":"2026-04-10T15:30:00.000Z","data":{}}';
    expect((await explainFailure(await signed(body), { secret, now })).code).toBe('PAYLOAD');
  });

  it.each([200_000, 2_000])('does not throw for JSON of %i levels', async (depth) => {
    const nested = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const body = `{"type":"user.ban","timestamp":"2026-04-10T15:30:00.000Z","data":${nested}}`;
    expect((await explainFailure({ headers, body }, { secret, now })).code).toBe('WRONG_SECRET');
    expect((await explainFailure(await signed(body), { secret, now })).code).toBe('PAYLOAD');
  });

  it('tries only the first fields of a form', async () => {
    const verify = vi.spyOn(crypto.subtle, 'sign');
    const body = Array.from({ length: 5000 }, (_, n) => `a${n}=1`).join('&');
    await explainFailure({ headers, body }, { secret, now });
    expect(verify.mock.calls.length).toBeLessThan(40);
    verify.mockRestore();
  });

  it('finds a profile that does not exist', async () => {
    const options = { secret, profile: 'toString' } as unknown as ExplainOptions;
    expect((await explainFailure(standard, options)).code).toBe('WRONG_PROFILE');
  });

  it('finds a Fetch request that was already read', async () => {
    const request = new Request('https://receiver.example', { method: 'POST', body: standard.body, headers });
    await request.json();
    expect((await explainFailure(request, { secret, now })).code).toBe('BODY_CONSUMED');
  });

  it('returns where a reserialized body first differs from the signed one', async () => {
    const body = standard.body.replace('"reason":', '"reason": ');
    const { firstDifference } = await explainFailure({ headers, body }, { secret, now });
    expect(firstDifference).toBe(standard.body.indexOf('"reason":') + '"reason":'.length);
  });

  it('returns by how much the clocks differ', async () => {
    const at = Number(headers['webhook-timestamp']) * 1000;
    const off = async (ms: number) =>
      (await explainFailure(standard, { secret, now: () => at + ms })).secondsOff;
    expect([await off(4_000_000), await off(-400_000)]).toEqual([4000, -400]);
  });

  it('finds an old authforge event by the time in its body', async () => {
    const options = {
      secret,
      profile: 'authforge' as const,
      tolerance: 60,
      now: () => Date.parse('2026-04-10T15:40:00Z'),
    };
    expect(await explainFailure(authforge, options)).toMatchObject({
      code: 'TIMESTAMP_OLD',
      secondsOff: 600,
    });
  });

  it('returns a remedy, and never a secret', async () => {
    for (const [, , request, options = {}] of mistakes) {
      const explanation: Explanation = await explainFailure(request, { secret, now, ...options });
      expect(explanation.remedy).not.toBe('');
      for (const key of [secret, other, secret.slice(6)])
        expect(JSON.stringify(explanation)).not.toContain(key);
    }
  });

  it('returns a finding for any argument', async () => {
    for (const request of [
      undefined,
      null,
      5,
      'text',
      [],
      { headers: null, body: '' },
      { headers: {}, body: bytes('x') },
    ]) {
      expect((await explainFailure(request, { secret })).code).toMatch(/^(PARSED_OBJECT|HEADER_MISSING)$/);
    }
  });
});
