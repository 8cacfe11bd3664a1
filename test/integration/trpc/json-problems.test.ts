import { beforeAll, expect, it } from 'vitest';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData } from '../../support/publishing.ts';

const app = useTestApp();
const receiver = useReceiver();
let appId: string;

beforeAll(async () => {
  appId = await app.createApp();
});

interface TrpcBody {
  readonly result?: { readonly data: unknown };
  readonly error?: {
    readonly message: string;
    readonly data: { readonly httpStatus: number; readonly tocsin: { readonly code: string } };
  };
}

/** Sends JSON text, which can have what no JavaScript value has. */
async function post(path: string, body: string): Promise<{ status: number; json: unknown }> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${app.rootToken}` };
  const response = await fetch(`${app.url}/trpc/${path}`, { method: 'POST', headers, body });
  return { status: response.status, json: await response.json() };
}

/** The text of an event with one more field in its data. */
const eventWith = (field: string): string =>
  `{"appId":"${appId}","event":"user.login","data":${JSON.stringify(loginData).replace(/}$/, `,${field}}`)}}`;

const inexact = 'a 64-bit float cannot hold this number exactly; send it as a string';
const forbidden = 'this key is not accepted, because it can change the prototype of objects';

it.each([
  ['"x":1152921506151679042', `data.x: ${inexact}`],
  ['"x":[1,{"y":1e400}]', `data.x.1.y: ${inexact}`],
  ['"x":12345678901234.123456789', `data.x: ${inexact}`],
  ['"__proto__":{"isRoot":true}', `data.__proto__: ${forbidden}`],
  ['"x":[{"\\u005f\\u005fproto__":1}]', `data.x.0.__proto__: ${forbidden}`],
  ['"constructor":{"prototype":{}}', `data.constructor.prototype: ${forbidden}`],
])('an event with %s in its data is refused by name', async (field, message) => {
  const before = await app.fingerprint();
  const { status, json } = await post('events.publish', eventWith(field));
  expect({ status, json }).toMatchObject({
    status: 400,
    json: {
      error: { message, data: { httpStatus: 400, tocsin: { code: 'INVALID_INPUT', retryable: false } } },
    },
  });
  expect(await app.fingerprint()).toEqual(before);
});

it('one event of many is refused alone, with the path in the event', async () => {
  const events = [eventWith('"x":1'), eventWith('"x":1e400,"y":1e400'), eventWith('"__proto__":1'), '1e400'];
  const { status, json } = await post('events.publishMany', `{"events":[${events.join(',')}]}`);
  expect(status).toBe(200);
  expect((json as TrpcBody).result?.data).toMatchObject([
    { ok: true },
    {
      ok: false,
      code: 'INVALID_INPUT',
      message: `data.x: ${inexact}; data.y: ${inexact}`,
      retryable: false,
      errors: [
        { path: 'data.x', message: inexact },
        { path: 'data.y', message: inexact },
      ],
    },
    { ok: false, code: 'INVALID_INPUT', message: `data.__proto__: ${forbidden}`, retryable: false },
    { ok: false, code: 'INVALID_INPUT', message: inexact, retryable: false },
  ]);
});

it('many events are refused as a whole for a key beside them', async () => {
  const { status, json } = await post(
    'events.publishMany',
    `{"events":[${eventWith('"x":1')}],"__proto__":1}`,
  );
  expect([status, (json as TrpcBody).error?.message]).toEqual([
    400,
    '__proto__: unknown field; known are events, ordered',
  ]);
});

it('one call of a batch is refused alone, with the path in its input', async () => {
  const body = `{"0":${eventWith('"x":1')},"1":${eventWith('"x":1e400')},"2":{"events":[${eventWith('"x":1e400')}]}}`;
  const { json } = await post('events.publish,events.publish,events.publishMany?batch=1', body);
  const [first, second, third] = json as TrpcBody[];
  expect(first?.result?.data).toMatchObject({ deliveries: 0 });
  expect(second?.error?.message).toBe(`data.x: ${inexact}`);
  expect(third?.result?.data).toMatchObject([{ ok: false, message: `data.x: ${inexact}` }]);
});

it('a batch is refused as a whole for a key outside of its calls', async () => {
  const { json } = await post('events.publish?batch=1', `{"0":${eventWith('"x":1')},"__proto__":{"1":1}}`);
  const [only] = json as TrpcBody[];
  expect(only?.error?.message).toBe(`__proto__: ${forbidden}`);
});

it('a batch that is a list is not said to be no JSON', async () => {
  const { status, json } = await post('events.publish?batch=1', `[${eventWith('"x":1')}]`);
  expect(status).toBe(400);
  expect(JSON.stringify(json)).not.toContain('not valid JSON');
});

it('every other call is checked too: mutations, queries and subscriptions', async () => {
  const created = await post('accounts.create', '{"name":"a","x":1e400}');
  expect((created.json as TrpcBody).error?.message).toBe(`x: ${inexact}`);
  const headers = { authorization: `Bearer ${app.rootToken}` };
  for (const path of ['apps.list', 'events.subscribe']) {
    const input = encodeURIComponent('{"\\u005f_proto__":1}');
    const response = await fetch(`${app.url}/trpc/${path}?input=${input}`, { headers });
    expect(await response.text()).toContain(`__proto__: ${forbidden}`);
  }
});

it('a caller without a valid credential learns nothing about its input', async () => {
  const body = eventWith('"x":1e400');
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${app.url}/trpc/events.publish`, { method: 'POST', headers, body });
  expect(response.status).toBe(401);
});

it('numbers that are accepted arrive with the value that was published', async () => {
  const events = ['user.login'];
  await app.call('webhooks.create', { appId, url: receiver.url, events });
  const numbers = '[1.0,1e2,0.1,-1.50,9007199254740991,100000000000000000000,5e-324]';
  await post('events.publish', eventWith(`"x":${numbers},"id":"1152921506151679042"`));
  const [request] = await receiver.waitFor(1);
  expect(request?.text).toContain('"x":[1,100,0.1,-1.5,9007199254740991,100000000000000000000,5e-324]');
  expect(request?.text).toContain('"id":"1152921506151679042"');
});
