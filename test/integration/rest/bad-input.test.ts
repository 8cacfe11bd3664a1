import { beforeAll, describe, expect, it } from 'vitest';
import { useTestApp } from '../../support/fixtures.ts';
import { loginData as data } from '../../support/publishing.ts';
import { authforge, authon, type DialectUnderTest } from './dialects.ts';

/** Rejects private targets, as in production. */
const app = useTestApp({ env: { ALLOW_PRIVATE_TARGETS: 'false' } });
let appId: string;

beforeAll(async () => {
  appId = await app.createApp();
});

/** By address, so that no name has to be resolved. */
const publicTarget = 'https://93.184.216.34/hook';

/**
 * Calls, expects 400 bad_request with a message that names the wrong value, and that nothing stored has
 * changed.
 */
async function expectRefused(
  dialect: DialectUnderTest,
  call: { method: string; path: string; body: unknown },
  message: RegExp | string,
) {
  const before = await app.fingerprint();
  const answer = await app.rest(call.method, call.path, call.body);
  expect(answer).toMatchObject({ status: 400 });
  const body = answer.json as { message: string };
  expect(answer.text).toBe(dialect.errorText('bad_request', body.message));
  if (typeof message === 'string') expect(body.message).toBe(message);
  else expect(body.message).toMatch(message);
  expect(await app.fingerprint()).toEqual(before);
}

const longUrl = `${publicTarget}/${'x'.repeat(4096)}`;

const badUrls: readonly (readonly [string, unknown, RegExp])[] = [
  ['no url', undefined, /^url: /],
  ['a url of null', null, /^url: .*string/],
  ['a url that is a number', 17, /^url: .*string/],
  ['an empty url', '', /^url: must not be empty$/],
  ['a relative url', '/hook', /^url is not a valid absolute URL/],
  ['words instead of a url', 'not-a-url', /^url is not a valid absolute URL/],
  ['an http: url', 'http://93.184.216.34/hook', /^url has the scheme "http"; only https is allowed$/],
  ['an ftp: url', 'ftp://93.184.216.34/hook', /^url has the scheme "ftp"/],
  ['a javascript: url', 'javascript:alert(1)', /^url has the scheme "javascript"/],
  ['a user name', 'https://me@93.184.216.34/hook', /^url contains a user name or password/],
  [
    'a password',
    'https://me:hunter2@93.184.216.34/hook',
    /^url contains a user name or password(?!.*hunter2)/,
  ],
  ['a space', 'https://93.184.216.34/a b', /^url contains .*white space/],
  ['a loopback address', 'https://127.0.0.1/hook', /^url has the host "127\.0\.0\.1"/],
  ['a private address', 'https://10.1.2.3/hook', /^url has the host "10\.1\.2\.3"/],
  ['a metadata address', 'https://169.254.169.254/latest', /^url has the host "169\.254\.169\.254"/],
  ['an address written as a number', 'https://2130706433/hook', /^url has the host "127\.0\.0\.1"/],
  ['IPv6 loopback', 'https://[::1]/hook', /^url has the host "::1"/],
  ['localhost', 'https://localhost/hook', /^url has the host "localhost"/],
  ['a port that is not open to webhooks', 'https://93.184.216.34:22/hook', /^url has the port 22/],
  ['a url of more than 4096 characters', longUrl, /^url: must have at most 4096 characters, has \d+$/],
];

describe.each([authon, authforge])('bad input to $name', (dialect: DialectUnderTest) => {
  const { event, testEvent } = dialect;
  const post = (body: unknown) => ({ method: 'POST', path: dialect.path(appId), body });

  it.each([
    ['no body', undefined, 'a JSON body is required'],
    ['an empty body', '', 'a JSON body is required'],
    ['a body that is not JSON', '{"url":"https://', 'the body is not valid JSON'],
    ['a body of words', 'url=https://x', 'the body is not valid JSON'],
    ['a JSON text', '"hello"', 'the body must be an object, not a string'],
    ['a JSON list', [], 'the body must be an object, not an array'],
    ['null', 'null', 'a JSON body is required'],
  ] as const)('rejects a webhook with %s', async (_name, body, message) => {
    await expectRefused(dialect, post(body), message);
  });

  it.each([
    ['"__proto__":{"enabled":false}', /^__proto__: this key is not accepted/],
    ['"\\u005f_proto__":{"enabled":false}', /^__proto__: this key is not accepted/],
    ['"x":[{"constructor":{"prototype":{}}}]', /^x\.0\.constructor\.prototype: this key is not accepted/],
    ['"x":9007199254740993', /^x: a 64-bit float cannot hold this number exactly/],
  ])('rejects a body with %s by the name of the key', async (field, message) => {
    const body = `{"url":"${publicTarget}","events":["${event}"],${field}}`;
    await expectRefused(dialect, post(body), message);
    await expectRefused(dialect, post(`\ufeff${body}`), message);
  });

  it('rejects a body of another type than JSON', async () => {
    const answer = await app.rest('POST', dialect.path(appId), 'url=x', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([answer.status, answer.text]).toEqual([
      400,
      dialect.errorText('bad_request', 'the Content-Type must be application/json'),
    ]);
  });

  it.each(badUrls)('rejects a webhook with %s', async (_name, url, message) => {
    await expectRefused(dialect, post({ url, events: [event] }), message);
  });

  it.each([
    ['no events', undefined, /^events: .*array/],
    ['events of null', null, /^events: .*array/],
    ['one event as a text', event, /^events: .*array/],
    ['an empty list of events', [], 'events: must name at least one event'],
    ['an event that is a number', [event, 17], /^events\.1: .*string/],
    ['an event that is null', [null], /^events\.0: .*string/],
    ['an unknown event', [event, 'user.exploded'], /^unknown event "user\.exploded"; known events are /],
    ['an event in capitals', [event.toUpperCase()], /^unknown event "/],
    ['an event named like a property of objects', ['toString'], /^unknown event "toString"/],
    ['an empty event name', [''], /^unknown event ""/],
    ['the test event', [testEvent], new RegExp(`^unknown event "${testEvent}"`)],
  ] as const)('rejects a webhook with %s', async (_name, events, message) => {
    await expectRefused(dialect, post({ url: publicTarget, events }), message);
  });

  it("rejects the other contract's events and lists its own", async () => {
    for (const name of dialect.otherEvents) {
      const known = new RegExp(`^unknown event "${name}"; known events are [a-z_., ]*${event}`);
      await expectRefused(dialect, post({ url: publicTarget, events: [event, name] }), known);
    }
  });

  it.each([
    ['enabled', 'yes', /^enabled: .*boolean/],
    ['enabled', null, /^enabled: .*boolean/],
    ['enabled', 1, /^enabled: .*boolean/],
    ['format', 'xml', /^format: .*"discord"/],
  ] as const)('rejects a webhook whose %s is %j', async (field, value, message) => {
    await expectRefused(dialect, post({ url: publicTarget, events: [event], [field]: value }), message);
  });

  it('repeats no more than 80 characters of an unknown event', async () => {
    const name = 'x'.repeat(5_000);
    await expectRefused(dialect, post({ url: publicTarget, events: [name] }), /^unknown event "x{80}";/);
  });

  it('ignores fields that the contract does not name, such as a profile', async () => {
    const body = {
      url: publicTarget,
      events: [event],
      profile: 'standard',
      mount: null,
      secret: 'whsec_mine',
    };
    const answer = await app.rest('POST', dialect.path(await app.createApp()), body);
    expect(answer.status).toBe(201);
    expect(answer.text).not.toContain('whsec_mine');
    const stored = await app.db
      .collection<{ _id: string }>('webhooks')
      .findOne({ _id: dialect.idOf(answer.json) });
    expect(stored).toMatchObject({ profile: dialect.name, mount: dialect.name });
  });

  it('keeps secrets encrypted in the database', async () => {
    const answer = await app.rest('POST', dialect.path(await app.createApp()), {
      url: publicTarget,
      events: [event],
    });
    const secret = /whsec_[0-9a-f]{32}/.exec(answer.text)?.[0];
    const stored = await app.db
      .collection<{ _id: string }>('webhooks')
      .findOne({ _id: dialect.idOf(answer.json) });
    expect(stored).toMatchObject({ secret: expect.stringMatching(/^v3\./) as unknown });
    expect(JSON.stringify(stored)).not.toContain(secret);
  });
});

describe('bad input to an update over AuthForge', () => {
  let path: string;

  beforeAll(async () => {
    const body = { url: publicTarget, events: ['license.created'] };
    const { json } = await app.rest('POST', authforge.path(appId), body);
    path = authforge.path(appId, `/${authforge.idOf(json)}`);
  });

  const put = (body: unknown) => ({ method: 'PUT', path, body });

  it.each([
    ['no body', undefined, 'a JSON body is required'],
    ['a body that is not JSON', '{', 'the body is not valid JSON'],
    ['no field', {}, 'the body must have at least one of url, events, enabled, format'],
    ['no known field', { color: 'red' }, 'the body must have at least one of url, events, enabled, format'],
    ['an empty list of events', { events: [] }, 'events: must name at least one event'],
    ["the other contract's event", { events: ['user.login'] }, /^unknown event "user\.login"/],
    ['the test event', { events: ['test.ping'] }, /^unknown event "test\.ping"/],
    ['enabled as a text', { enabled: 'false' }, /^enabled: .*boolean/],
    ['enabled as null', { enabled: null }, /^enabled: .*boolean/],
    ['url as null', { url: null }, /^url: .*string/],
    [
      'one wrong field among right ones',
      { enabled: false, url: 'nowhere' },
      /^url is not a valid absolute URL/,
    ],
  ] as const)('rejects %s and changes nothing', async (_name, body, message) => {
    await expectRefused(authforge, put(body), message);
  });

  it.each(badUrls.filter(([, url]) => url !== undefined))('rejects %s', async (_name, url, message) => {
    await expectRefused(authforge, put({ url }), message);
  });
});

describe('bad input to publishing over REST', () => {
  const post = (body: unknown) => ({ method: 'POST', path: `/v1/apps/${appId}/events`, body });

  it.each([
    '9007199254740993',
    '-1e400',
    '[{"y":1152921506151679042}]',
    '0.1000000000000000055511151231257827',
  ])('rejects the number %s by the name of its field', async (number) => {
    const body = `{"event":"user.login","data":${JSON.stringify({ ...data, x: 0 }).replace('0}', `${number}}`)}}`;
    await expectRefused(authforge, post(body), /^data\.x(\.0\.y)?: a 64-bit float cannot hold/);
  });

  it.each([
    ['no body', undefined, 'a JSON body is required'],
    ['a body that is not JSON', '{"event":', 'the body is not valid JSON'],
    ['no event', { data }, 'event: is missing; it must be an event type, such as invoice.paid'],
    ['an unknown event', { event: 'user.exploded', data }, /^event: unknown event "user\.exploded"/],
    ['the test event of Authon', { event: 'test', data }, /^event: unknown event "test"/],
    ['the test event of AuthForge', { event: 'test.ping', data }, /^event: unknown event "test\.ping"/],
    ['no data', { event: 'user.login' }, 'data: is missing; it must be an object'],
    ['data that is a list', { event: 'user.login', data: [data] }, 'data: must be an object, not an array'],
    ['data without a field', { event: 'user.login', data: { ...data, hwid: undefined } }, /^data\.hwid: /],
    ['data with a field of the wrong type', { event: 'user.login', data: { ...data, ip: 1 } }, /^data\.ip: /],
    ['data with an empty field', { event: 'user.login', data: { ...data, ip: '' } }, /^data\.ip: /],
    [
      'data of another app',
      { event: 'user.login', data: { ...data, appId: 'x' } },
      /^data\.appId: "x" does not match the app /,
    ],
    ['data.appId of another type', { event: 'user.login', data: { ...data, appId: 7 } }, /^data\.appId: /],
    ['an unknown field', { event: 'user.login', data, color: 'red' }, /^color: unknown field; known are /],
    [
      'several wrong fields',
      { type: 'user.login', data: 'x', idempotencyKey: '' },
      'event: is missing; it must be an event type, such as invoice.paid; data: must be an object, not a string; idempotencyKey: must be 1 to 128 visible ASCII characters; type: unknown field; did you mean "event"?',
    ],
    [
      'an idempotency key with a space',
      { event: 'user.login', data, idempotencyKey: 'a b' },
      /^idempotencyKey: /,
    ],
    ['an empty idempotency key', { event: 'user.login', data, idempotencyKey: '' }, /^idempotencyKey: /],
    [
      'a timestamp without a zone',
      { event: 'user.login', data, timestamp: '2026-01-01T00:00:00' },
      /^timestamp: /,
    ],
  ] as const)('rejects %s', async (_name, body, message) => {
    await expectRefused(authforge, post(body), message);
  });

  it('rejects a body of one megabyte and data of more than 200 KiB with 413', async () => {
    const before = await app.fingerprint();
    const huge = await app.rest('POST', `/v1/apps/${appId}/events`, { filler: 'x'.repeat(1_000_000) });
    expect([huge.status, huge.text]).toEqual([
      413,
      authforge.errorText('payload_too_large', 'the request body is too large'),
    ]);
    const large = await app.rest('POST', `/v1/apps/${appId}/events`, {
      event: 'user.login',
      data: { ...data, note: 'é'.repeat(110_000) },
    });
    expect(large.status).toBe(413);
    expect(large.json).toMatchObject({
      error: 'payload_too_large',
      message: expect.stringMatching(/^data: \d+ bytes/) as unknown,
    });
    expect(await app.fingerprint()).toEqual(before);
  });
});

describe('bad input to the list of deliveries over REST', () => {
  it.each([
    ['limit=0', /^limit: /],
    ['limit=201', /^limit: /],
    ['limit=many', /^limit: /],
    ['status=lost', /^status: /],
    ['webhookId=17', /^webhookId: must be wh_/],
    ['eventId=17', /^eventId: must be evt_/],
    ['cursor=', /^cursor: /],
  ])('rejects %s', async (query, message) => {
    await expectRefused(
      authforge,
      { method: 'GET', path: `/v1/apps/${appId}/deliveries?${query}`, body: undefined },
      message,
    );
  });
});
