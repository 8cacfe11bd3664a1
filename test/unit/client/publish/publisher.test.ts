import { describe, expect, it } from 'vitest';
import { TocsinClientError } from '../../../../client/src/errors.ts';
import { normalizeOptions, type TocsinClientOptions } from '../../../../client/src/options.ts';
import { Coalescer } from '../../../../client/src/publish/coalescer.ts';
import { createPublisher } from '../../../../client/src/publish/publisher.ts';
import { createPublishTransport } from '../../../../client/src/publish/transport.ts';

const ban = { userId: 'u', username: 'mallory', reason: 'spam', bannedBy: 'root' };

interface Call {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A publisher whose server, the fetch of its options, returns `data` for every call. */
function setUp(data: unknown, options: Partial<TocsinClientOptions> = {}) {
  const calls: Call[] = [];
  const config = normalizeOptions({
    url: 'http://server.invalid',
    token: 'tsk_1',
    retry: { retries: 0 },
    fetch: (url, init) => {
      calls.push({ url, headers: init.headers, body: init.body ?? '' });
      const response = { result: { data } };
      return Promise.resolve(Response.json(response, { headers: { 'x-request-id': 'req_1' } }));
    },
    ...options,
  });
  return { ...createPublisher(new Coalescer(config, createPublishTransport(config)), config), calls };
}

/** The events of a request, as the server reads them. */
function eventsIn(call: Call | undefined): Record<string, unknown>[] {
  return (JSON.parse(call?.body ?? '{"events":[]}') as { events: Record<string, unknown>[] }).events;
}

const accepted = (...ids: string[]) => ids.map((id, index) => ({ id, deliveries: index + 1 }));

describe('publish', () => {
  it('sends the event, and returns its id and deliveries', async () => {
    const { publish, calls } = setUp(accepted('evt_1'));
    const event = { appId: 'app_1', data: ban, idempotencyKey: 'k1', timestamp: '2026-01-01T00:00:00Z' };
    expect(await publish('user.ban', event)).toEqual({ id: 'evt_1', deliveries: 1 });
    expect(calls.map(({ url }) => url)).toEqual(['http://server.invalid/trpc/events.publishMany']);
    expect(eventsIn(calls[0])).toEqual([
      {
        appId: 'app_1',
        event: 'user.ban',
        data: ban,
        idempotencyKey: 'k1',
        timestamp: '2026-01-01T00:00:00Z',
      },
    ]);
  });

  it('gives every call its own idempotency key', async () => {
    const { publishMany, calls } = setUp(accepted('evt_1', 'evt_2'));
    await publishMany([1, 2].map(() => ({ type: 'user.ban', appId: 'app_1', data: ban })));
    const keys = eventsIn(calls[0]).map((event) => event['idempotencyKey']);
    expect(keys).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    ]);
    expect(new Set(keys).size).toBe(2);
  });

  it('throws the error that safePublish returns', async () => {
    const errors = [{ code: 'INVALID_INPUT', message: 'data: no', retryable: false }];
    const { publish, safePublish } = setUp(errors);
    const event = { appId: 'app_1', data: ban };
    const expected = { code: 'INVALID_INPUT', message: 'data: no', retryable: false, requestId: 'req_1' };
    await expect(publish('user.ban', event)).rejects.toMatchObject(expected);
    expect(await safePublish('user.ban', event)).toMatchObject({ ok: false, error: expected });
  });

  it('rejects data that cannot be serialized as JSON, without a request', async () => {
    const { safePublish, calls } = setUp([]);
    const circular: Record<string, unknown> = { ...ban };
    circular['self'] = circular;
    const outcome = await safePublish('user.ban', { appId: 'app_1', data: circular });
    expect(outcome).toMatchObject({
      ok: false,
      error: {
        code: 'INVALID_INPUT',
        retryable: false,
        message: expect.stringMatching(/^the event cannot be serialized as JSON: (?!TypeError).+/) as string,
        cause: expect.any(TypeError) as TypeError,
      },
    });
    expect(calls).toEqual([]);
  });

  it.each([
    ['a bigint', { x: 1n }, 'data.x: JSON cannot hold a bigint; send it as a string'],
    ['a bigint beside a cycle', { x: [0n] }, 'data.x.0: JSON cannot hold a bigint; send it as a string'],
    ['NaN', { x: { y: Number.NaN } }, 'data.x.y: NaN is not a JSON number'],
    ['an infinite number', { x: [null, -Infinity] }, 'data.x.1: -Infinity is not a JSON number'],
    ['a number of toJSON', { x: { toJSON: () => Infinity } }, 'data.x: Infinity is not a JSON number'],
    ['an invalid date', { x: new Date(Number.NaN) }, 'data.x: the date is not valid'],
  ])('rejects %s in data by the name of its field, without a request', async (_name, extra, message) => {
    const { publish, publishMany, calls } = setUp([]);
    const data: typeof ban & Record<string, unknown> = { ...ban, ...extra };
    if (_name.endsWith('cycle')) data['self'] = data;
    const event = { appId: 'app_1', data };
    const error = { code: 'INVALID_INPUT', message, retryable: false };
    await expect(publish('user.ban', event)).rejects.toMatchObject(error);
    expect(await publishMany([{ type: 'user.ban', ...event }])).toMatchObject([{ ok: false, error }]);
    expect(calls).toEqual([]);
  });

  it('sends nulls, and what toJSON returns', async () => {
    const { publish, calls } = setUp(accepted('evt_1'));
    const data = { ...ban, none: null, text: 'null', list: [undefined], id: { toJSON: () => '17' } };
    await publish('user.ban', { appId: 'app_1', data });
    expect(eventsIn(calls[0])[0]?.['data']).toEqual({
      ...ban,
      none: null,
      text: 'null',
      list: [null],
      id: '17',
    });
  });

  it('rejects data whose toJSON throws a value that is not an error', async () => {
    const toJSON = () => {
      // oxlint-disable-next-line typescript/only-throw-error -- what a caller's toJSON may do
      throw 'no luck';
    };
    const outcome = await setUp([]).safePublish('user.ban', {
      appId: 'a',
      data: { ...ban, toJSON },
    });
    expect(outcome).toMatchObject({
      error: { message: 'the event cannot be serialized as JSON: no luck', cause: 'no luck' },
    });
  });

  it('sends the trace context with its event, so that events of different traces share a request', async () => {
    let traces = 0;
    const traceparent = () => `trace-${++traces}`;
    const { publish, calls } = setUp(accepted('evt_1', 'evt_2', 'evt_3'), { traceparent });
    await Promise.all([
      publish('user.ban', { appId: 'app_1', data: ban }),
      publish('user.ban', { appId: 'app_1', data: ban, traceparent: 'own' }),
      publish('user.ban', { appId: 'app_1', data: ban }),
    ]);
    expect(calls).toHaveLength(1);
    expect(eventsIn(calls[0]).map((event) => event['traceparent'])).toEqual(['trace-1', 'own', 'trace-2']);
    expect(calls[0]?.headers).not.toHaveProperty('traceparent');
  });

  it('publishes without a trace if the option traceparent throws', async () => {
    const traceparent = () => {
      throw new Error('no context');
    };
    const { safePublish, calls } = setUp(accepted('evt_1'), { traceparent });
    expect(await safePublish('user.ban', { appId: 'app_1', data: ban })).toMatchObject({ ok: true });
    expect(eventsIn(calls[0])[0]).not.toHaveProperty('traceparent');
  });

  it.each([
    ['is missing', undefined, 'the event is missing'],
    [
      'throws when it is read',
      Object.defineProperty({ appId: 'app_1' }, 'data', {
        get: () => {
          throw new Error('closed');
        },
      }),
      'the arguments of the call cannot be read: closed',
    ],
  ])('returns an error for an event that %s', async (_what, event, message) => {
    const { safePublish, publishMany } = setUp([]);
    const untyped = safePublish as (type: string, event: unknown) => Promise<unknown>;
    const error = { ok: false, error: { code: 'INVALID_INPUT', message, retryable: false } };
    expect(await untyped('user.ban', event)).toMatchObject(error);
    const list = publishMany as unknown as (events: unknown[]) => Promise<unknown>;
    expect(await list([undefined])).toMatchObject([{ error: { message: 'the event is missing' } }]);
  });

  it('ends when its signal is aborted', async () => {
    const { publish } = setUp(accepted('evt_1'));
    const signal = AbortSignal.abort();
    await expect(publish('user.ban', { appId: 'app_1', data: ban }, { signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('publishMany', () => {
  it('returns one outcome for each event, in their order', async () => {
    const answers = [
      { id: 'evt_1', deliveries: 0 },
      { code: 'NOT_FOUND', message: 'no such app', retryable: false },
      { id: 'evt_3', deliveries: 2 },
    ];
    const { publishMany } = setUp(answers);
    const events = answers.map(() => ({ type: 'user.ban', appId: 'app_1', data: ban }) as const);
    expect(await publishMany(events)).toMatchObject([
      { ok: true, id: 'evt_1', deliveries: 0 },
      { ok: false, error: { code: 'NOT_FOUND', message: 'no such app' } },
      { ok: true, id: 'evt_3', deliveries: 2 },
    ]);
  });
});

describe('a response', () => {
  const outcomeFor = (data: unknown) => setUp(data).safePublish('user.ban', { appId: 'app_1', data: ban });

  it.each([
    ['no list', { id: 'evt_1', deliveries: 1 }],
    ['a string as long as the list should be', 'x'],
    ['a list that is too short', []],
    ['a list that is too long', accepted('evt_1', 'evt_2')],
    ['an item that is not an object', ['evt_1']],
    ['an item that is null', [null]],
    ['an id alone', [{ id: 'evt_1' }]],
    ['an id that is not a string', [{ id: 1, deliveries: 1 }]],
    ['deliveries that are not a number', [{ id: 'evt_1', deliveries: '1' }]],
    ['a code without a message', [{ code: 'NOT_FOUND' }]],
    ['a message without a code', [{ message: 'x' }]],
  ])('with %s is BAD_RESPONSE', async (_what, data) => {
    expect(await outcomeFor(data)).toMatchObject({
      error: {
        code: 'BAD_RESPONSE',
        message: 'the response does not have one result for each event',
        retryable: false,
        requestId: 'req_1',
      },
    });
  });

  it.each([
    [true, true],
    [false, false],
    ['true', false],
    [undefined, false],
  ])('with retryable %j is retryable: %j', async (retryable, expected) => {
    const outcome = await outcomeFor([{ code: 'NOT_FOUND', message: 'x', retryable }]);
    if (outcome.ok) throw new Error('the call succeeded');
    expect(outcome.error.retryable).toBe(expected);
    expect(outcome.error).toBeInstanceOf(TocsinClientError);
  });
});
