import { explainFailure } from '@tocsin/client/receiver';
import type { Explanation } from '@tocsin/client/receiver';
import { signAuthforge, signStandard } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import { checkSecret } from '../../../../client/src/receiver/doctor/secrets.ts';

const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const other = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const publicKey = `whpk_${Buffer.alloc(32, 1).toString('base64')}`;
const at = 1_775_835_000;
const now = () => at * 1000;
const body =
  '{"type":"user.ban","timestamp":"2026-04-10T15:30:00.000Z",' +
  '"data":{"userId":"u","username":"Zoë","reason":"r","bannedBy":"b","appId":"a"}}';

async function headersFor(text = body): Promise<Record<string, string>> {
  return {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(at),
    'webhook-signature': await signStandard(secret, { id: 'evt_1', timestamp: at, body: text }),
  };
}

/** Explains this received body, with the headers of `body` unless others are given. */
async function explain(
  received: string | Uint8Array,
  options: object = {},
  headers?: object,
): Promise<Explanation> {
  const request = { body: received, headers: headers ?? (await headersFor()) };
  return explainFailure(request, { secret, now, ...options });
}

describe('a secret', () => {
  it.each([
    [undefined, 'SECRET_MISSING', 'the secret is of type undefined'],
    [null, 'SECRET_MISSING', 'the secret is of type object'],
    [7, 'SECRET_MISSING', 'the secret is of type number'],
    ['', 'SECRET_MISSING', 'the secret is empty'],
    [`"${secret}"`, 'SECRET_QUOTED', 'the secret is in quotes'],
    [`'${secret}'`, 'SECRET_QUOTED', 'the secret is in quotes'],
    [` "${secret}"\n`, 'SECRET_QUOTED', 'the secret is in quotes'],
    [` ${secret}`, 'SECRET_WHITE_SPACE', 'character 0 of 39 of the secret is not a visible ASCII character'],
    [
      `${secret}\n`,
      'SECRET_WHITE_SPACE',
      'character 38 of 39 of the secret is not a visible ASCII character',
    ],
    ['whsec_\u200b', 'SECRET_WHITE_SPACE', 'character 6 of 7 of the secret is not a visible ASCII character'],
    ['v1,AAAA', 'SECRET_VERSION_PREFIX', 'the secret starts with a signature version'],
    ['v1a,AAAA', 'SECRET_VERSION_PREFIX', 'the secret starts with a signature version'],
    ['v12,AAAA', 'SECRET_VERSION_PREFIX', 'the secret starts with a signature version'],
    ['tsk_AAAA', 'SECRET_IS_API_KEY', 'the secret has the prefix of an API key'],
    ['af_live_AAAA', 'SECRET_IS_API_KEY', 'the secret has the prefix of an API key'],
    ['whsk_AAAA', 'SECRET_PRIVATE_KEY', 'the secret is a private signing key'],
    ['whsec_***', 'SECRET_NOT_BASE64', 'the secret is not base64 after its prefix'],
    ['whpk_***', 'SECRET_NOT_BASE64', 'the secret is not base64 after its prefix'],
    ['whsec_', 'SECRET_NOT_BASE64', 'the secret is not base64 after its prefix'],
    [publicKey.slice(5), 'SECRET_PREFIX_MISSING', 'the secret starts with neither whsec_ nor whpk_'],
    [secret.slice(6), 'SECRET_PREFIX_MISSING', 'the secret starts with neither whsec_ nor whpk_'],
    [secret.slice(0, -4), 'SECRET_TOO_SHORT', 'the secret has fewer than 24 bytes'],
  ])('%j is %s', (given, code, message) => {
    expect(checkSecret(given, 'standard')).toMatchObject({ code, message });
  });

  it.each([
    [secret, 'standard'],
    [publicKey, 'standard'],
    ['whsec_************************', 'authforge'],
    ['anything', 'authon'],
    ['xv1,AAAA', 'authon'],
    ['mytsk_AAAA', 'authon'],
    [`a"b"`, 'authon'],
  ] as const)('%j is valid in %s', (given, profile) => {
    expect(checkSecret(given, profile)).toBeUndefined();
  });

  it('is checked at every index', async () => {
    const of = async (...secrets: string[]) => (await explain(body, { secret: undefined, secrets })).code;
    expect(await of(secret, '')).toBe('SECRET_MISSING');
    expect(await of('', secret)).toBe('SECRET_MISSING');
    expect(await of(other, secret)).toBe('VERIFIED');
    expect(await of(secret, other)).toBe('VERIFIED');
    expect(await of(other, publicKey)).toBe('WRONG_SECRET');
  });

  it('of the wrong kind is reported only when every secret is', async () => {
    const of = async (...secrets: string[]) => (await explain(body, { secret: undefined, secrets })).code;
    expect(await of(publicKey)).toBe('SECRET_KIND');
    expect(await of(publicKey, other)).toBe('WRONG_SECRET');
  });
});

describe('a header', () => {
  const without = async (...names: string[]) =>
    Object.fromEntries(Object.entries(await headersFor()).filter(([name]) => !names.includes(name)));

  it('that is missing is reported, and so are all others', async () => {
    expect(await explain(body, {}, await without('webhook-id'))).toMatchObject({
      code: 'HEADER_MISSING',
      message: 'missing headers: webhook-id',
    });
    expect(await explain(body, {}, await without('webhook-id', 'webhook-signature'))).toMatchObject({
      message: 'missing headers: webhook-id, webhook-signature',
    });
    expect(await explain(body, { profile: 'authforge' }, {})).toMatchObject({
      message: 'missing headers: x-authforge-signature',
    });
    expect(await explain(body, { profile: 'authon' }, {})).toMatchObject({
      message: 'missing headers: x-webhook-secret',
    });
  });

  it.each([
    ['webhook_id', 'webhook-id missing; there is a header webhook_id'],
    ['WEBHOOK_ID', 'webhook-id missing; there is a header webhook_id'],
    ['HTTP_WEBHOOK_ID', 'webhook-id missing; there is a header http_webhook_id'],
  ])('received as %s is recognized', async (name, message) => {
    const headers = { ...(await without('webhook-id')), [name]: 'evt_1' };
    expect(await explain(body, {}, headers)).toMatchObject({ code: 'HEADER_RENAMED', message });
  });

  it.each([
    ['authforge', { 'x-authforge-signature': 'sha256=00' }],
    ['authon', { 'x-webhook-secret': 'x' }],
  ])('of the profile %s instead of the expected one is recognized', async (profile, headers) => {
    expect(await explain(body, {}, headers)).toMatchObject({
      code: 'WRONG_PROFILE',
      message: `the headers are those of the profile ${profile}, but the option profile is standard`,
    });
  });

  it.each([
    '{"username":"T","embeds":[]}',
    '{"embeds":[]}',
    '{"attachments":[]}',
    '{"type":"message","a":1}',
  ])('is missing where a chat message was sent: %s', async (text) => {
    expect((await explain(text, {}, {})).code).toBe('CHAT_FORMAT');
  });

  it.each(['{"type":"messages"}', ' {"embeds":[]}', '{"user":"x"}', ''])(
    'is missing, and nothing else, where another body was sent: %j',
    async (text) => {
      expect((await explain(text, {}, {})).code).toBe('HEADER_MISSING');
    },
  );

  it('that has more than one value is reported', async () => {
    const headers = await headersFor();
    const folded = async (change: object) => explain(body, {}, { ...headers, ...change });
    expect(await folded({ 'webhook-id': ['a', 'b'] })).toMatchObject({
      code: 'HEADER_FOLDED',
      message: 'the header webhook-id has more than one value',
    });
    expect(await folded({ 'webhook-signature': 'v1,AAAA, v1,BBBB' })).toMatchObject({
      message: 'the header webhook-signature has more than one value',
    });
    expect((await folded({ 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` })).code).toBe(
      'VERIFIED',
    );
  });

  it.each([
    ['12345678', 'TIMESTAMP_UNIT'],
    ['123456789', 'WRONG_SECRET'],
    ['12345678901', 'WRONG_SECRET'],
    ['123456789012', 'TIMESTAMP_UNIT'],
    ['x123456789', 'TIMESTAMP_UNIT'],
    ['123456789x', 'TIMESTAMP_UNIT'],
  ])('webhook-timestamp: %j is %s', async (timestamp, code) => {
    const headers = { ...(await headersFor()), 'webhook-timestamp': timestamp };
    expect((await explain(body, {}, headers)).code).toBe(code);
  });

  it.each([
    ['v1,', 'SIGNATURE_MALFORMED'],
    ['v2,AAAA', 'SIGNATURE_MALFORMED'],
    ['v1,AA-_', 'SIGNATURE_MALFORMED'],
    ['xv1,AAAA', 'SIGNATURE_MALFORMED'],
    ['v1,AAAA===', 'SIGNATURE_MALFORMED'],
    ['v2,AAAA v1,AAAA', 'WRONG_SECRET'],
    ['v1,AAAA==', 'WRONG_SECRET'],
  ])('webhook-signature: %j is %s', async (signature, code) => {
    const headers = { ...(await headersFor()), 'webhook-signature': signature };
    expect((await explain(body, {}, headers)).code).toBe(code);
  });

  it.each([
    [`sha256=${'0'.repeat(64)}`, 'WRONG_SECRET'],
    [`sha256=${'0'.repeat(63)}`, 'SIGNATURE_MALFORMED'],
    [`sha256=${'0'.repeat(65)}`, 'SIGNATURE_MALFORMED'],
    [`sha256=${'A'.repeat(64)}`, 'SIGNATURE_MALFORMED'],
    [`xsha256=${'0'.repeat(64)}`, 'SIGNATURE_MALFORMED'],
  ])('x-authforge-signature: %j is %s', async (signature, code) => {
    const headers = { 'x-authforge-signature': signature };
    expect((await explain(body, { profile: 'authforge' }, headers)).code).toBe(code);
  });
});

describe('a body that was changed in transit', () => {
  it.each([
    ['a newline is appended', `${body}\n`, 'BODY_LINE_ENDINGS'],
    ['a Windows line ending is appended', `${body}\r\n`, 'BODY_LINE_ENDINGS'],
    ['spaces are appended', `${body}  `, 'BODY_LINE_ENDINGS'],
    ['a byte order mark is prepended', `\ufeff${body}`, 'BODY_BYTE_ORDER_MARK'],
    ['it is encoded as a JSON string', JSON.stringify(body), 'BODY_DOUBLE_ENCODED'],
    ['it is serialized with spaces', JSON.stringify(JSON.parse(body), null, 2), 'BODY_RESERIALIZED'],
    ['it is encoded as base64', Buffer.from(body).toString('base64'), 'BODY_BASE64'],
    ['it is read as Latin-1', Buffer.from(body).toString('latin1'), 'BODY_CHARSET'],
    ['it is the name of a form field', encodeURIComponent(body), 'BODY_FORM_ENCODED'],
    ['it is the value of a form field', `a=b&payload=${encodeURIComponent(body)}`, 'BODY_FORM_ENCODED'],
  ])('is recognized when %s', async (_what, received, code) => {
    expect((await explain(received)).code).toBe(code);
  });

  it('is recognized when its final newline is missing', async () => {
    expect((await explain(body, {}, await headersFor(`${body}\n`))).code).toBe('BODY_LINE_ENDINGS');
  });

  it('is recognized with Windows line endings, with or without one at its end', async () => {
    const sent = body.replace(',"data"', ',\n"data"');
    const headers = await headersFor(sent);
    expect((await explain(sent.replace('\n', '\r\n'), {}, headers)).code).toBe('BODY_LINE_ENDINGS');
    expect((await explain(`${sent.replace('\n', '\r\n')}\r\n`, {}, headers)).code).toBe('BODY_LINE_ENDINGS');
  });

  it('is recognized by the order of its keys, at the top and in the data', async () => {
    const { data, ...rest } = JSON.parse(body) as { data: Record<string, unknown> };
    const reversed = (value: object) => Object.fromEntries(Object.entries(value).reverse());
    const both = JSON.stringify({ data: reversed(data), ...reversed(rest) });
    expect((await explain(JSON.stringify({ data, ...rest }))).code).toBe('BODY_RESERIALIZED');
    expect((await explain(both)).code).toBe('BODY_RESERIALIZED');
  });

  it('is recognized in authforge too', async () => {
    const text = body.replace('"type"', '"event"');
    const headers = { 'x-authforge-signature': await signAuthforge(secret, text) };
    expect((await explain(`${text}\n`, { profile: 'authforge' }, headers)).code).toBe('BODY_LINE_ENDINGS');
    const { data, ...rest } = JSON.parse(text) as { data: object };
    const swapped = JSON.stringify({ data, ...rest });
    expect((await explain(swapped, { profile: 'authforge' }, headers)).code).toBe('BODY_RESERIALIZED');
  });

  it('is reported with the first character that differs', async () => {
    const spaced = body.replace('"data":', '"data": ');
    const firstDifference = body.indexOf('"data":') + '"data":'.length;
    expect(await explain(spaced)).toMatchObject({
      code: 'BODY_RESERIALIZED',
      message: `the body was parsed and serialized again; the first difference is at character ${firstDifference}`,
      firstDifference,
    });
    expect((await explain(`${body}\n`)).firstDifference).toBe(body.length);
    expect((await explain(`\ufeff${body}`)).firstDifference).toBe(0);
  });

  it.each([
    ['is empty', '', {}, { code: 'BODY_EMPTY', message: 'the body has no bytes' }],
    [
      'is compressed',
      Uint8Array.of(0x1f, 0x8b, 8),
      {},
      { code: 'BODY_COMPRESSED', message: 'the body starts like gzip data' },
    ],
    [
      'starts with half the gzip mark',
      Uint8Array.of(0x1f, 0x20),
      {},
      { code: 'BODY_TRUNCATED', message: 'the body of 2 bytes is not JSON; content-length is missing' },
    ],
    [
      'has a replacement character',
      'ab\ufffd',
      {},
      { code: 'BODY_LOSSY', message: 'the body has U+FFFD at character 2' },
    ],
    [
      'is the text of a JavaScript object',
      '[object Object]',
      {},
      {
        code: 'PARSED_OBJECT',
        message: 'the body is "[object Object]", a JavaScript object converted to text',
      },
    ],
    ['is a form', 'a.b+c%20-=1', {}, { code: 'BODY_FORM_ENCODED', message: 'the body looks like form data' }],
    [
      'is truncated',
      '{"a":',
      { 'content-length': '100' },
      { code: 'BODY_TRUNCATED', message: 'the body of 5 bytes is not JSON; content-length is 100' },
    ],
    [
      'is truncated',
      '{"a":',
      {},
      { code: 'BODY_TRUNCATED', message: 'the body of 5 bytes is not JSON; content-length is missing' },
    ],
  ])('that %s is described by its form', async (_what, received, more, finding) => {
    expect(await explain(received, {}, { ...(await headersFor()), ...more })).toMatchObject(finding);
  });

  it('is compared with the sent body if that is known', async () => {
    const sentBody = '{"a":1,"b":2}';
    expect(await explain('{"a":1,"b":3}', { sentBody })).toMatchObject({
      code: 'BODY_CHANGED',
      message: 'at character 11, "2}" was sent and "3}" was received',
      firstDifference: 11,
    });
    expect(await explain('{"a":1', { sentBody })).toMatchObject({
      message: 'at character 6, ",\\"b\\":2}" was sent and the end of the body was received',
    });
    expect(await explain(`x${'y'.repeat(30)}`, { sentBody: `x${'z'.repeat(30)}` })).toMatchObject({
      message: 'at character 1, "zzzzzzzzzzzz" was sent and "yyyyyyyyyyyy" was received',
    });
    expect((await explain(sentBody, { sentBody })).code).toBe('WRONG_SECRET');
  });

  it('is ignored in authon, which does not sign it', async () => {
    const options = { profile: 'authon', secret: other };
    expect(await explain('', options, { 'x-webhook-secret': secret })).toMatchObject({
      code: 'WRONG_SECRET',
      message: 'no signature of the request matches any of 1 secret(s)',
    });
  });
});

describe('a request with a valid signature', () => {
  it.each([
    [300, undefined, 'VERIFIED', undefined],
    [301, undefined, 'TIMESTAMP_OLD', 301],
    [-301, undefined, 'TIMESTAMP_NEW', -301],
    [61, 60, 'TIMESTAMP_OLD', 61],
  ])('that is %i s old, with the tolerance %j, is %s', async (age, tolerance, code, secondsOff) => {
    const found = await explain(body, { tolerance, now: () => (at + age) * 1000 });
    expect([found.code, found.secondsOff]).toEqual([code, secondsOff]);
  });

  it('names its age in the message', async () => {
    expect(await explain(body, { now: () => (at + 400) * 1000 })).toMatchObject({
      message: 'the time of the request is 400 s in the past',
    });
    expect(await explain(body, { now: () => (at - 400) * 1000 })).toMatchObject({
      message: 'the time of the request is 400 s in the future',
    });
  });

  it('of another profile names that profile', async () => {
    const text = body.replace('"type"', '"event"');
    const headers = { 'x-authforge-signature': await signAuthforge(secret, text), 'x-webhook-secret': 'x' };
    expect(await explain(text, { profile: 'authon' }, headers)).toMatchObject({
      code: 'WRONG_PROFILE',
      message: 'the request is valid in the profile authforge, but the option profile is authon',
    });
  });

  it('signed with the prefixed secret is recognized', async () => {
    const headers = { 'x-webhook-secret': secret };
    expect(await explain(body, { profile: 'authon', secret: secret.slice(6) }, headers)).toMatchObject({
      code: 'SECRET_PREFIX_MISSING',
      message: 'the request is valid with whsec_ before the secret',
    });
  });
});

describe('a value that is not a request', () => {
  it.each([
    [undefined, 'PARSED_OBJECT', 'the first argument is not a request with headers and body'],
    [{ body }, 'PARSED_OBJECT', 'the first argument is not a request with headers and body'],
    [
      { headers: {}, body: {} },
      'PARSED_OBJECT',
      'the body is of type object; it must be the raw text or bytes',
    ],
    [
      { headers: {}, bodyUsed: true, arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)) },
      'BODY_CONSUMED',
      'the body was already read; verify first, or pass request.clone()',
    ],
  ])('%j is described', async (request, code, message) => {
    expect(await explainFailure(request, { secret, now })).toMatchObject({ code, message });
  });
});
