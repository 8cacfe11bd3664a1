import { describe, expect, it, vi } from 'vitest';
import { HealthTracker } from '../../../../server/src/delivery/attempt/health-tracker.ts';
import { createRunAttempt, type AttemptDeps } from '../../../../server/src/delivery/attempt/run-attempt.ts';
import { EndpointQueue } from '../../../../server/src/delivery/scheduling/endpoint-queue.ts';
import type { DeliveryResult } from '../../../../server/src/domain/ports/delivery-queue.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { aTask } from '../../../support/tasks.ts';

const recordedRequest = { url: 'http://127.0.0.1:9/', headers: [], bodyBytes: 0 };
const sentRequest = { origin: 'http://127.0.0.1:9', path: '/', headers: {}, body: '' };

const ok: SendResult = {
  kind: 'answered',
  statusCode: 200,
  retryAfter: undefined,
  headers: {},
  durationMs: 5,
  reply: '',
};

const notSent: SendResult = { kind: 'unanswered', reason: 'not_sent', detail: 'x', durationMs: 0 };

const aLog = () => ({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() });

const aTracer = (end: () => void) => ({
  request: notCalled,
  publish: notCalled,
  attempt: () => ({ traceparent: '00-aa-bb-01', run: <T>(work: () => T) => work(), end }),
});

function notCalled(): never {
  throw new Error('not expected');
}

const aScene = (change: Partial<AttemptDeps> = {}, factory: object = {}) => {
  const results: DeliveryResult[] = [];
  const log = aLog();
  const health = new HealthTracker({ store: {} as never, clock: new FakeClock(), log, getEpoch: () => 0 });
  const deps: AttemptDeps = {
    sender: { send: () => Promise.resolve(ok), close: () => Promise.resolve() },
    getRequestFactory: () =>
      ({
        format: 'json',
        createRequest: () => sentRequest,
        redact: (sent: SendResult) => sent,
        ...factory,
      }) as never,
    health,
    completion: { complete: (_, result) => void results.push(result) },
    clock: new FakeClock(),
    log,
    meter: { countAttempt: () => undefined } as never,
    tracer: undefined,
    sendsTraceparent: true,
    retryPolicy: { scheduleMs: [1_000], random: () => 0 },
    limits: { deliveryTimeoutMs: 1_000, disableAfterMs: 1_000 },
    getEpoch: () => 0,
    disable: () => Promise.resolve(true),
    ...change,
  };
  const queue = new EndpointQueue('wh_1', 'acc_a', { maxInFlight: 4, initialInFlight: 1 });
  const task = aTask();
  queue.push(task);
  const started = queue.takeNext(0);
  return { run: createRunAttempt(deps), results, log, queue, started, task };
};

describe('an attempt', () => {
  const fail = (): never => {
    throw new Error('a bug');
  };
  const internalError = { status: 'pending', attempt: { reason: 'internal_error' } };

  it.each([
    ['cannot be prepared', { getRequestFactory: fail }, {}],
    ['fails after the response', {}, { redact: fail }],
  ])('that %s is completed once, as an internal error', async (_name, deps, factory) => {
    const { run, results, log, queue, task } = aScene(deps, factory);
    await run(task, aWebhook(), queue);
    expect(results).toMatchObject([internalError]);
    const { deliveryId } = task.delivery;
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      { err: new Error('a bug'), deliveryId },
      'attempt failed inside the engine',
    );
  });

  it.each<[string, SendResult, object, object]>([
    [
      'succeeds',
      { ...ok, reply: 'thanks' },
      { status: 'delivered', reason: null, dueAt: null },
      { statusCode: 200, reason: null, reply: 'thanks' },
    ],
    [
      'is rejected',
      { ...ok, statusCode: 500, reply: 'sorry' },
      { status: 'pending', reason: 'awaiting_retry', dueAt: 1_767_225_601_000 },
      { statusCode: 500, reason: 'http_status', reply: 'sorry', request: recordedRequest },
    ],
    [
      'has no response',
      { kind: 'unanswered', reason: 'timeout', detail: 'x', durationMs: 5 },
      { status: 'pending', reason: 'awaiting_retry', dueAt: 1_767_225_601_000 },
      { statusCode: null, reason: 'timeout', reply: '', request: recordedRequest },
    ],
  ])('that %s has its result', async (_name, sent, update, attempt) => {
    const sender = { send: () => Promise.resolve(sent), close: () => Promise.resolve() };
    const disable = vi.fn(() => Promise.resolve(true));
    const countAttempt = vi.fn();
    const { run, results, log, queue, task } = aScene({ sender, disable, meter: { countAttempt } as never });
    await run(task, aWebhook(), queue);
    const at = new FakeClock().now();
    const { delivery } = task;
    expect(results).toEqual([{ delivery, at, attempt: { at, durationMs: 5, ...attempt }, ...update }]);
    expect(countAttempt).toHaveBeenCalledExactlyOnceWith(results[0]?.attempt?.reason, 5);
    expect(disable).not.toHaveBeenCalled();
    expect(log.debug).not.toHaveBeenCalledWith(expect.anything(), 'response broke off after its status');
  });

  it.each<[string, SendResult, string | undefined, object | undefined]>([
    ['success', ok, undefined, { 'http.response.status_code': 200 }],
    ['rejection', { ...ok, statusCode: 503 }, 'http_status', { 'http.response.status_code': 503 }],
    ['timeout', { kind: 'unanswered', reason: 'timeout', detail: 'x', durationMs: 5 }, 'timeout', {}],
  ])('with a %s is a span of the trace that the receiver gets', async (_name, sent, error, attributes) => {
    const end = vi.fn();
    const tracer = aTracer(end);
    const createRequest = vi.fn(() => sentRequest);
    const sender = { send: () => Promise.resolve(sent), close: () => Promise.resolve() };
    const { run, queue, task } = aScene({ sender, tracer }, { createRequest });
    await run(task, aWebhook(), queue);
    const { event } = task.delivery;
    expect(createRequest).toHaveBeenCalledWith(
      { ...event, traceparent: '00-aa-bb-01' },
      new FakeClock().now(),
      1_000,
    );
    expect(end).toHaveBeenCalledExactlyOnceWith(error, attributes);
  });

  it.each([
    ['not sent', () => Promise.resolve({ ...notSent }), 'not_sent'],
    ['broken by a bug', fail, 'internal_error'],
  ])('that is %s ends its span', async (_name, send, error) => {
    const end = vi.fn();
    const tracer = aTracer(end);
    const { run, queue, task } = aScene({ sender: { send, close: () => Promise.resolve() }, tracer });
    await run(task, aWebhook(), queue);
    expect(end).toHaveBeenCalledExactlyOnceWith(error);
  });

  it('that cannot be traced is sent all the same', async () => {
    const { run, results, log, queue, task } = aScene({ tracer: { ...aTracer(vi.fn()), attempt: fail } });
    await run(task, aWebhook(), queue);
    expect(results).toMatchObject([{ status: 'delivered' }]);
    expect(log.warn).toHaveBeenCalledOnce();
  });

  it.each([
    ['its own', aTracer(vi.fn())],
    ["its publisher's", undefined],
  ])('sends no trace context, not even %s, unless it should', async (_name, tracer) => {
    const createRequest = vi.fn(() => sentRequest);
    const { run, queue } = aScene({ tracer, sendsTraceparent: false }, { createRequest });
    await run(aTask({ traceparent: '00-cc-dd-01' }), aWebhook(), queue);
    expect(createRequest).toHaveBeenCalledWith(
      expect.objectContaining({ traceparent: undefined }),
      expect.any(Number),
      expect.any(Number),
    );
  });

  it('without tracing leaves the trace of its event as it is', async () => {
    const createRequest = vi.fn(() => sentRequest);
    const { run, queue, task } = aScene({}, { createRequest });
    await run(task, aWebhook(), queue);
    expect(createRequest).toHaveBeenCalledWith(task.delivery.event, expect.anything(), expect.anything());
  });

  it.each<[string, number, SendResult]>([
    ['succeeds', 2, ok],
    ['is rejected', 2, { ...ok, statusCode: 400 }],
    ['is rejected as one too many', 1, { ...ok, statusCode: 429 }],
    ['has no response', 1, { kind: 'unanswered', reason: 'timeout', detail: '', durationMs: 5 }],
  ])('that %s allows %i at once from then on', async (_name, places, sent) => {
    const sender = { send: () => Promise.resolve(sent), close: () => Promise.resolve() };
    const { run, queue, task } = aScene({ sender });
    await run(task, aWebhook(), queue);
    for (let queued = 0; queued < 3; queued++) queue.push(task);
    while (typeof queue.takeNext(Number.MAX_SAFE_INTEGER) === 'object');
    expect(queue.inFlight).toBe(places);
  });

  it('that could not be sent is put back for soon and says nothing about the endpoint', async () => {
    const sender = { send: () => Promise.resolve(notSent), close: () => Promise.resolve() };
    const health = { recordFailure: vi.fn(), recordSuccess: vi.fn() };
    const meter = { countAttempt: vi.fn() };
    const clock = new FakeClock();
    const at = clock.now();
    const { run, results, queue, task } = aScene({
      sender,
      clock,
      health: health as never,
      meter: meter as never,
      retryPolicy: { scheduleMs: [1_000], random: () => 0.5 },
    });
    await run(task, aWebhook(), queue);

    const dueAt = at + 1_500;
    expect(results).toEqual([
      { delivery: task.delivery, attempt: undefined, at, status: 'pending', reason: 'not_sent', dueAt },
    ]);
    queue.push(task);
    expect(queue.mode).toBe('active');
    expect(queue.takeNext(dueAt - 1)).toBe(dueAt);
    expect(health.recordFailure).not.toHaveBeenCalled();
    expect(meter.countAttempt).not.toHaveBeenCalled();
  });

  it('whose response broke off in its head keeps its status, and its reason is that of the failure', async () => {
    const sent: SendResult = {
      kind: 'unanswered',
      reason: 'connection_reset',
      detail: 'closed during the head',
      statusCode: 200,
      durationMs: 5,
    };
    const sender = { send: () => Promise.resolve(sent), close: () => Promise.resolve() };
    const { run, results, log, queue, task } = aScene({ sender });
    await run(task, aWebhook(), queue);
    expect(results).toMatchObject([
      { status: 'pending', attempt: { statusCode: 200, reason: 'connection_reset' } },
    ]);
    expect(log.debug).toHaveBeenCalledWith(
      expect.objectContaining({ attempt: 1, detail: 'closed during the head' }),
      'attempt failed',
    );
  });

  it.each([
    [200, 'delivered', 'response broke off after its status'],
    [500, 'pending', 'attempt failed'],
  ])(
    'whose response broke off after the status %i is %s, and logs why',
    async (statusCode, status, message) => {
      const sent: SendResult = { ...ok, statusCode, incomplete: 'closed during the body' };
      const sender = { send: () => Promise.resolve(sent), close: () => Promise.resolve() };
      const { run, results, log, queue, task } = aScene({ sender });
      await run(task, aWebhook(), queue);
      expect(results).toMatchObject([{ status, attempt: { statusCode } }]);
      expect(log.debug).toHaveBeenCalledWith(
        expect.objectContaining({ detail: 'closed during the body' }),
        message,
      );
    },
  );

  it.each([
    ['succeeds', ok, {}],
    ['fails', { ...ok, statusCode: 500 }, {}],
    ['breaks off after the response', ok, { redact: fail }],
  ])('that %s leaves the end of its request to the caller', async (_name, sent, factory) => {
    const sender = { send: () => Promise.resolve(sent), close: () => Promise.resolve() };
    const { run, queue, started, task } = aScene({ sender }, factory);
    await run(task, aWebhook(), queue);
    expect(queue.inFlight).toBe(1);
    if (typeof started === 'object') queue.endRequest(started.request, 5);
    expect(queue.inFlight).toBe(0);
  });

  it.each([
    [true, { paused: undefined, failures: 0 }],
    [false, { paused: 60_000, failures: 1 }],
  ])(
    'whose chat service limits our whole address (%s) pauses the endpoint or not',
    async (isLimited, expected) => {
      const clock = new FakeClock();
      const limited: SendResult = { ...ok, statusCode: 429, retryAfter: '60' };
      const applyLimits = vi.fn(() => isLimited);
      const recordFailure = vi.fn();
      const health = { recordFailure, isPaused: () => false, isFailingTooLong: () => false } as never;
      const sender = { send: () => Promise.resolve(limited), close: () => Promise.resolve() };
      const { run, results, queue, task } = aScene({ sender, clock, health }, { applyLimits });
      await run(task, aWebhook(), queue);
      expect(applyLimits.mock.calls).toEqual([[limited, clock.now()]]);
      const end = queue.longPauseEnd(clock.now());
      expect({
        paused: end === undefined ? undefined : end - clock.now(),
        failures: recordFailure.mock.calls.length,
      }).toEqual(expected);
      const dueAt = clock.now() + 60_000;
      expect(results).toMatchObject([{ status: 'pending', dueAt, attempt: { reason: 'http_status' } }]);
    },
  );

  it.each<['json' | 'slack', Partial<SendResult>, string]>([
    ['json', { statusCode: 410 }, 'gone'],
    ['slack', { statusCode: 404, reply: 'no_service' }, 'destination_removed'],
  ])(
    'of a removed destination ends once its webhook is disabled, with the result written before: %s',
    async (format, change, reason) => {
      let finish: (isDisabled: boolean) => void = () => undefined;
      const disable = vi.fn(() => new Promise<boolean>((resolve) => (finish = resolve)));
      const sender = {
        send: () => Promise.resolve({ ...ok, ...change } as SendResult), // `as`: still answered
        close: () => Promise.resolve(),
      };
      const { run, results, queue, task } = aScene({ sender, disable }, { format });
      let hasEnded = false;
      const running = run(task, aWebhook(), queue).then(() => (hasEnded = true));
      await vi.waitFor(() => expect(disable).toHaveBeenCalledWith(expect.anything(), reason));
      expect(results).toMatchObject([{ status: 'failed', reason }]);
      await new Promise(setImmediate);
      expect(hasEnded).toBe(false);
      finish(true);
      await running;
    },
  );
});
