import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { untilDelivery } from '../../support/waits.ts';

const app = useTestApp({ env: { RETRY_SCHEDULE: '1h,1h' } });
const receiver = useReceiver();

const schema = {
  type: 'object',
  properties: {
    invoiceId: { type: 'string', pattern: '^inv_[a-z0-9]+$' },
    total: { type: 'integer', minimum: 0 },
    paidAt: { type: 'string', format: 'date-time' },
  },
  required: ['invoiceId', 'total'],
};
const example = { invoiceId: 'inv_1', total: 4200 };

function aType(type: string, change: object = {}) {
  return { type, description: 'An invoice is paid.', schema, example, ...change };
}

/** An account with an app, a webhook for everything, and a key that can publish and register. */
async function setUp(here: TestApp = app) {
  const { id: accountId } = await here.call('accounts.create', { name: 'Acme' });
  const { key } = await here.createKey({ accountId, scopes: ['*'] });
  const { id: appId } = await here.call('apps.create', { name: 'Billing' }, { token: key });
  const { id: webhookId } = await here.call(
    'webhooks.create',
    { appId, url: receiver.url, events: ['*'], format: 'json' },
    { token: key },
  );
  const publish = async (event: string, data: object, more: object = {}) =>
    await here.call('events.publish', { appId, event, data: { ...data }, ...more }, { token: key });
  return { accountId, key, appId, webhookId, publish };
}

async function errorOf(path: string, input: object, token: string): Promise<[string, string]> {
  const { error } = await app.trpc(path as 'eventTypes.register', input, { token: token });
  return [error?.data.tocsin.code ?? '', error?.message ?? ''];
}

describe('a registered event type', () => {
  it('cannot be pinned, because nothing renders its older versions', async () => {
    const { key, appId } = await setUp();
    await app.call('eventTypes.register', { eventTypes: [aType('invoice.paid')] }, { token: key });
    const webhook = { appId, url: receiver.url, events: ['*'], eventVersions: { 'invoice.paid': 1 } };
    expect(await errorOf('webhooks.create', webhook, key)).toEqual([
      'INVALID_INPUT',
      'eventVersions.invoice.paid: the type is registered by JSON Schema, and only a typed catalog renders older versions',
    ]);
    const listed = await app.call('eventTypes.get', { type: 'invoice.paid' }, { token: key });
    expect(listed.pinnableVersions).toEqual([]);
  });

  it('is published and delivered with the fields of its schema first, unknown ones kept', async () => {
    receiver.answerWith(200);
    const { key, publish } = await setUp();
    const { eventTypes } = await app.call(
      'eventTypes.register',
      { eventTypes: [aType('invoice.paid')] },
      { token: key },
    );
    expect(eventTypes).toEqual([{ type: 'invoice.paid', version: 1, result: 'created' }]);
    const { id, deliveries } = await publish('invoice.paid', { note: 'x', total: 7, invoiceId: 'inv_7' });
    expect(deliveries).toBe(1);
    await untilDelivery(app, id, { status: 'delivered' });
    const request = receiver.requests.find(({ headers }) => headers['webhook-id'] === id);
    expect(JSON.parse(request?.body.toString() ?? '')).toMatchObject({ type: 'invoice.paid' });
    expect(request?.body.toString()).toContain('"data":{"invoiceId":"inv_7","total":7,"note":"x"}');
    const again = await app.call(
      'eventTypes.register',
      { eventTypes: [aType('invoice.paid')] },
      { token: key },
    );
    expect(again.eventTypes).toEqual([{ type: 'invoice.paid', version: 1, result: 'unchanged' }]);
  });

  it('rejects data with every wrong field, by its path', async () => {
    const { key, appId } = await setUp();
    await app.call('eventTypes.register', { eventTypes: [aType('invoice.sent')] }, { token: key });
    const data = { invoiceId: 'INV', paidAt: 'yesterday' };
    const [code, message] = await errorOf('events.publish', { appId, event: 'invoice.sent', data }, key);
    expect(code).toBe('INVALID_INPUT');
    expect(message).toMatch(
      /^data\.total: is missing; data\.invoiceId: must match the pattern .+; data\.paidAt: must be a valid ISO 8601 time, such as .+ \(event invoice\.sent\)$/,
    );
  });

  it('belongs to its account; one of all accounts is registered by the operator', async () => {
    const [one, other] = [await setUp(), await setUp()];
    await app.call('eventTypes.register', { eventTypes: [aType('order.placed')] }, { token: one.key });
    const publication = { appId: other.appId, event: 'order.placed', data: example };
    expect(await errorOf('events.publish', publication, other.key)).toEqual([
      'UNKNOWN_EVENT',
      expect.stringContaining('unknown event "order.placed"'),
    ]);
    const foreign = { accountId: one.accountId, eventTypes: [aType('order.lost')] };
    expect((await errorOf('eventTypes.register', foreign, other.key))[0]).toBe('FORBIDDEN');
    const forAll = { accountId: null, eventTypes: [aType('order.placed.everywhere')] };
    expect((await errorOf('eventTypes.register', forAll, other.key))[0]).toBe('FORBIDDEN');
    const { key: reader } = await app.createKey({ accountId: one.accountId, scopes: ['events:publish'] });
    expect((await errorOf('eventTypes.register', { eventTypes: [aType('order.x')] }, reader))[0]).toBe(
      'SCOPE_MISSING',
    );
    await app.call('eventTypes.register', forAll);
    expect((await other.publish('order.placed.everywhere', example)).deliveries).toBe(1);
    const names = async (key: string) => {
      const { items } = await app.call('eventTypes.list', { prefix: 'order.' }, { token: key });
      return items.map(({ type, accountId, origin }) => [type, accountId, origin]);
    };
    expect(await names(other.key)).toEqual([['order.placed.everywhere', null, 'registered']]);
    expect(await names(one.key)).toEqual([
      ['order.placed', one.accountId, 'registered'],
      ['order.placed.everywhere', null, 'registered'],
    ]);
    expect((await errorOf('eventTypes.delete', { type: 'order.placed' }, other.key))[0]).toBe('NOT_FOUND');
  });

  it('is listed by name with the built-in ones, in pages', async () => {
    const { key } = await setUp();
    const eventTypes = [aType('license.made'), aType('zone.b'), aType('zone.a')];
    await app.call('eventTypes.register', { eventTypes }, { token: key });
    const all: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: { type: string }[]; nextCursor: string | null } = await app.call(
        'eventTypes.list',
        { cursor, limit: 7 },
        { token: key },
      );
      expect(page.items.length).toBeLessThanOrEqual(7);
      all.push(...page.items.map(({ type }) => type));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(all).toEqual([...all].sort());
    expect(all).toEqual(expect.arrayContaining(['license.made', 'user.login', 'test', 'zone.a', 'zone.b']));
    expect(new Set(all).size).toBe(all.length);
    const detail = await app.call('eventTypes.get', { type: 'zone.a' }, { token: key });
    expect(detail).toMatchObject({ origin: 'registered', schema, example, versions: [1], version: 1 });
    expect(detail.history).toHaveLength(1);
    expect(await app.call('eventTypes.get', { type: 'user.login' }, { token: key })).toMatchObject({
      origin: 'built_in',
    });
  });

  it('is delivered as it was accepted after it was changed and deleted', async () => {
    receiver.answerWith(500);
    const { key, publish, webhookId } = await setUp();
    await app.call('eventTypes.register', { eventTypes: [aType('parcel.sent')] }, { token: key });
    const { id } = await publish('parcel.sent', example);
    await untilDelivery(app, id, { status: 'pending', attemptCount: 1 });
    const [first] = receiver.requests.filter(({ headers }) => headers['webhook-id'] === id);
    const extended = { ...schema, properties: { added: { type: 'string' }, ...schema.properties } };
    await app.call(
      'eventTypes.register',
      { eventTypes: [aType('parcel.sent', { schema: extended })] },
      { token: key },
    );
    await app.call('eventTypes.delete', { type: 'parcel.sent' }, { token: key });
    expect(
      (await app.trpc('events.publish', { appId: 'x', event: 'parcel.sent', data: {} }, { token: key }))
        .status,
    ).toBe(403);
    receiver.answerWith(200);
    await app.call('deliveries.retry', { id: id.replace('evt_', 'dlv_') }, { token: key });
    await untilDelivery(app, id, { status: 'delivered' });
    const second = receiver.requests.findLast(({ headers }) => headers['webhook-id'] === id);
    expect(second?.body.toString()).toBe(first?.body.toString());
    // It can still be taken off, and the webhook stays editable.
    await app.call('webhooks.update', { id: webhookId, events: ['*', 'user.ban'] }, { token: key });
  });
});

describe('versions', () => {
  it('a compatible change keeps the version; a breaking one is refused unless it is a new version', async () => {
    const { key, publish, appId } = await setUp();
    const register = async (change: object) => {
      const input = { eventTypes: [aType('plan.moved', change)] };
      return (await app.call('eventTypes.register', input, { token: key })).eventTypes[0];
    };
    await register({});
    const optional = { ...schema, properties: { ...schema.properties, note: { type: 'string' } } };
    expect(await register({ schema: optional })).toMatchObject({ version: 1, result: 'updated' });
    const breaking = { ...optional, required: [...schema.required, 'note'] };
    const changed = { schema: breaking, example: { ...example, note: 'n' } };
    const refused = { eventTypes: [aType('plan.moved', changed)] };
    expect(await errorOf('eventTypes.register', refused, key)).toEqual([
      'INVALID_INPUT',
      expect.stringMatching(
        /^eventTypes\.0 \(plan\.moved\): breaks version 1: data\.note .*register it as version 2$/,
      ),
    ]);
    expect(await register({ ...changed, version: 2 })).toMatchObject({ version: 2, result: 'new_version' });
    // The newest version counts unless the call names another one.
    expect((await errorOf('events.publish', { appId, event: 'plan.moved', data: example }, key))[1]).toMatch(
      /data\.note: is missing/,
    );
    expect((await publish('plan.moved', example, { version: 1 })).deliveries).toBe(1);
    expect(
      (await errorOf('events.publish', { appId, event: 'plan.moved', data: example, version: 3 }, key))[1],
    ).toMatch(/^version: plan\.moved has no version 3; it has 1, 2$/);
    expect((await app.call('eventTypes.get', { type: 'plan.moved' }, { token: key })).versions).toEqual([
      1, 2,
    ]);
  });
});

describe('bad input', () => {
  const deep = (levels: number): object =>
    levels === 0 ? { type: 'string' } : { type: 'object', properties: { a: deep(levels - 1) } };

  it.each([
    ['a name of 200 characters', { type: 'x'.repeat(200) }, /a name has at most 100 characters/],
    ['a control character', { type: 'a.\u0001' }, /lower-case parts/],
    ['a reserved name', { type: 'tocsin.started' }, /is reserved/],
    ['a built-in name', { type: 'user.login' }, /is part of the server's catalog/],
    [
      'a $ref outside itself',
      { schema: { ...schema, properties: { a: { $ref: 'https://a.example/b' } } } },
      /\$ref/,
    ],
    [
      'a pattern with look-ahead',
      { schema: { ...schema, properties: { a: { type: 'string', pattern: '(?=a)' } } } },
      /pattern|regexp/,
    ],
    ['an unknown keyword', { schema: { ...schema, minimumm: 1 } }, /minimumm/],
    [
      'an unknown format',
      { schema: { ...schema, properties: { a: { type: 'string', format: 'phone' } } } },
      /format/,
    ],
    ['a schema that is not for objects', { schema: { type: 'string' } }, /type: "object"/],
    ['a deep schema', { schema: deep(40) }, /nested in more than 32/],
    [
      'too many fields',
      {
        schema: {
          type: 'object',
          properties: Object.fromEntries(
            Array.from({ length: 600 }, (_, n) => [`f${n}`, { type: 'string' }]),
          ),
        },
      },
      /fields/,
    ],
    ['an async schema', { schema: { ...schema, $async: true } }, /\$async/],
    [
      'an example that does not match',
      { example: { total: -1 } },
      /example\.invoiceId: is missing; example\.total/,
    ],
    [
      'a presentation of another field',
      {
        presentation: {
          title: 'T',
          kind: 'neutral',
          fields: [{ key: 'nope', label: 'Nope', style: 'name' }],
        },
      },
      /no field "nope"/,
    ],
    [
      'a label with a mention',
      { presentation: { title: '<!channel>', kind: 'neutral', fields: [] } },
      /presentation\.title/,
    ],
    ['version 0', { version: 0 }, /version/],
  ])('%s is refused, and nothing of the call is registered', async (_, change, message) => {
    const { key } = await setUp();
    const eventTypes = [aType('good.one'), aType('bad.one', change)];
    const [code, text] = await errorOf('eventTypes.register', { eventTypes }, key);
    expect(['INVALID_INPUT', 'UNKNOWN_EVENT']).toContain(code);
    expect(text).toMatch(message);
    expect((await app.call('eventTypes.list', { prefix: 'good.' }, { token: key })).items).toEqual([]);
  });

  it('all errors of a call are listed, and a name twice is one of them', async () => {
    const { key } = await setUp();
    const eventTypes = [
      aType('a.b'),
      aType('a.b'),
      aType('user.ban'),
      aType('c.d', { schema: { type: 'array' } }),
    ];
    const [, message] = await errorOf('eventTypes.register', { eventTypes }, key);
    expect(message.split('\n').map((line) => line.slice(0, 24))).toEqual([
      'eventTypes.1 (a.b): is l',
      'eventTypes.2 (user.ban):',
      'eventTypes.3 (c.d): sche',
    ]);
  });

  it('a schema of 1 MB is refused', async () => {
    const { key } = await setUp();
    const large = { ...schema, description: 'x'.repeat(1_000_000) };
    const { status } = await app.trpc(
      'eventTypes.register',
      { eventTypes: [aType('big.one', { schema: large })] },
      { token: key },
    );
    expect([400, 413]).toContain(status);
  });

  it('patterns match in linear time, and a recursive schema is accepted', async () => {
    const { key, publish, appId } = await setUp();
    const recursive = {
      type: 'object',
      properties: { text: { type: 'string', pattern: '^(a+)+$' }, child: { $ref: '#/$defs/node' } },
      $defs: {
        node: { type: 'object', properties: { child: { $ref: '#/$defs/node' }, n: { type: 'integer' } } },
      },
    };
    const definition = aType('tree.grown', { schema: recursive, example: { child: { child: { n: 1 } } } });
    await app.call('eventTypes.register', { eventTypes: [definition] }, { token: key });
    expect((await publish('tree.grown', { child: { child: { child: { n: 2 } } } })).deliveries).toBe(1);
    const wrong = { child: { child: { n: 'x' } } };
    expect((await errorOf('events.publish', { appId, event: 'tree.grown', data: wrong }, key))[1]).toMatch(
      /^data\.child\.child\.n: /,
    );
    const evil = { text: `${'a'.repeat(50_000)}!` };
    expect((await errorOf('events.publish', { appId, event: 'tree.grown', data: evil }, key))[1]).toMatch(
      /^data\.text: must match the pattern/,
    );
  });
});

it('a call is answered when every process knows the types, also a deleted one', async () => {
  const database = `types_${randomUUID()}`;
  await using one = await startTestApp({ database });
  await using two = await startTestApp({ database });
  const { key, appId } = await setUp(one);
  const publishAtTwo = async (data: object) =>
    (await two.trpc('events.publish', { appId, event: 'shared.type', data: { ...data } }, { token: key }))
      .status;
  // The other process has cached that there is none.
  expect(await publishAtTwo(example)).toBe(400);
  await one.call('eventTypes.register', { eventTypes: [aType('shared.type')] }, { token: key });
  expect(await publishAtTwo(example)).toBe(200);
  expect(await publishAtTwo({})).toBe(400);
  await one.call('eventTypes.delete', { type: 'shared.type' }, { token: key });
  expect(await publishAtTwo(example)).toBe(400);
});
