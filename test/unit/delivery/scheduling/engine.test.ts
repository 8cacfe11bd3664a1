import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HealthTracker } from '../../../../server/src/delivery/attempt/health-tracker.ts';
import { DeliveryEngine, type EngineDeps } from '../../../../server/src/delivery/engine.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import type {
  DeliveryQueue,
  DeliveryResult,
  OpenEntry,
} from '../../../../server/src/domain/ports/delivery-queue.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';
import { createIds } from '../../../../server/src/services/common/ids.ts';
import { aWebhook, anEvent } from '../../../support/builders.ts';
import { webhookIn } from '../../../support/webhook-in.ts';
import { anEntry, anOwedEntry, deferred, noLog, noMeter } from './arrange.ts';

const startAt = 1_800_000_000_000;
const [w1, w2, foreign] = [webhookIn(1), webhookIn(2), webhookIn(9)];
const ids = createIds();

const created: Scene[] = [];
const answered: SendResult = {
  kind: 'answered',
  statusCode: 200,
  retryAfter: undefined,
  headers: {},
  reply: '',
  durationMs: 5,
};

/** An engine that owns the partitions 1 and 2, with requests that the test answers. */
class Scene {
  readonly requests: { readonly webhookId: string; answer(): Promise<void> }[] = [];
  readonly written: DeliveryResult[] = [];
  readonly closed: string[] = [];
  open: { readonly entry: OpenEntry; readonly events: readonly AcceptedEvent[] }[] = [];
  readonly owned = new Set([1, 2]);
  canSend = true;
  readonly notifyWork = vi.fn();
  readonly findHeads = vi.fn<DeliveryQueue['findHeads']>(() => Promise.resolve([]));
  readonly pullBacklog = vi.fn<DeliveryQueue['pullBacklog']>(() =>
    Promise.resolve({ deliveries: [], nextDueAt: undefined }),
  );
  writeResults = vi.fn<DeliveryQueue['writeResults']>((results) => {
    this.written.push(...results);
    return Promise.resolve(new Set());
  });
  readonly engine: DeliveryEngine;

  constructor(limits: Partial<EngineDeps['limits']> = {}) {
    const isOwned = (partition: number) => this.owned.has(partition);
    this.engine = new DeliveryEngine({
      queue: {
        findOpenEntries: () => Promise.resolve(this.open.map(({ entry }) => entry)),
        getOpenEntries: (entryIds) =>
          Promise.resolve(this.open.map(({ entry }) => entry).filter(({ id }) => entryIds.includes(id))),
        readEntries: (entries) =>
          Promise.resolve(
            entries.flatMap(({ id }) => {
              const found = this.open.find(({ entry }) => entry.id === id);
              return found === undefined ? [] : anOwedEntry(found.events);
            }),
          ),
        closeGaps: () => Promise.resolve(),
        closeEntries: (closings) => {
          for (const { entryId, partition } of closings) {
            this.closed.push(`${entryId} ${partition}`);
            this.open = this.open.filter(({ entry }) => entry.id !== entryId);
          }
          return Promise.resolve();
        },
        writeResults: (results) => this.writeResults(results),
        findWaitingPartitions: (partitions) => Promise.resolve([...partitions]),
        findHeads: this.findHeads,
        pullMany: () => Promise.resolve([]),
        pullWebhooks: () => Promise.resolve({ deliveries: [], waiting: [] }),
        pullBacklog: this.pullBacklog,
        convertOldForm: () => Promise.resolve(0),
      },
      ownership: Object.defineProperties(
        { owns: isOwned, owned: [] as readonly number[], canSend: true },
        { owned: { get: () => [...this.owned] }, canSend: { get: () => this.canSend } },
      ),
      notifications: { notifyWork: this.notifyWork },
      webhookCache: { listForApp: () => [], get: (id) => aWebhook({ id }) },
      sender: { send: ({ path }) => this.#send(path), close: () => Promise.resolve() },
      getRequestFactory: ({ id }) => ({
        format: 'json',
        limits: { perSecond: null, maxInFlight: null, limiter: undefined },
        createRequest: () => ({
          accountId: 'acc_a',
          origin: '',
          path: id,
          headers: {},
          body: '',
          deadlineMs: 1_000,
        }),
        redact: (result) => result,
      }),
      health: new HealthTracker({
        store: { get: () => Promise.resolve(new Map()), save: () => Promise.resolve([]) },
        clock: { now: () => Date.now() },
        log: noLog,
        getEpoch: () => 1,
      }),
      getEpoch: () => 1,
      clock: { now: () => Date.now() },
      log: noLog,
      meter: noMeter,
      activity: { recordAccepted: vi.fn(), recordResult: vi.fn() },
      webhookActivity: { recordResult: vi.fn() },
      incidents: { recordFailure: vi.fn() },
      tracer: undefined,
      sendsTraceparent: true,
      retryPolicy: { scheduleMs: [1_000], random: () => 0.5 },
      limits: {
        maxInFlight: 1,
        initialInFlight: 1,
        maxInFlightTotal: 100,
        placesForFast: 0,
        maxIdleQueues: 100,
        maxInMemory: 1_000,
        maxBytes: 1_000_000,
        deliveryTimeoutMs: 10_000,
        disableAfterMs: 1_000_000,
        maxScheduled: 100,
        ...limits,
      },
      disable: () => Promise.resolve(true),
      cancelDeleted: () => Promise.resolve(),
    });
    created.push(this);
  }

  /** Stores events as one entry, and dispatches those with room. */
  publish(...targets: readonly (readonly string[])[]): readonly AcceptedEvent[] {
    const events = targets.map((some) =>
      anEvent({ id: ids.event(Date.now()), acceptedAt: Date.now(), targets: some }),
    );
    const reserved = new Set(events.filter((event) => this.engine.eagerDispatch.reserve(event)));
    const entry = anEntry(events);
    this.open.push({ entry, events });
    this.engine.eagerDispatch.commit({ id: entry.id, events }, (event) => reserved.has(event));
    return events;
  }

  async answerAll(): Promise<void> {
    for (let next = this.requests[0]; next !== undefined; next = this.requests[0]) await next.answer();
  }

  get state() {
    const { inFlight, queued, held, entries } = this.engine.stats;
    return { inFlight, queued, held, entries };
  }

  #send(webhookId: string): Promise<SendResult> {
    const reply = deferred<SendResult>();
    const request = {
      webhookId,
      answer: async () => {
        this.requests.splice(this.requests.indexOf(request), 1);
        reply.resolve(answered);
        await vi.advanceTimersByTimeAsync(0);
      },
    };
    this.requests.push(request);
    return reply.promise;
  }
}

const quiet = { inFlight: 0, queued: 0, held: 0, entries: 0 };
const writeMs = 200;

beforeEach(() => {
  vi.useFakeTimers({ now: startAt });
  vi.clearAllMocks();
});

afterEach(async () => {
  for (const { engine, answerAll } of created.splice(0).map((scene) => ({
    engine: scene.engine,
    answerAll: () => scene.answerAll(),
  }))) {
    const stopped = engine.stop();
    await answerAll();
    await vi.advanceTimersByTimeAsync(20_000);
    await stopped;
  }
  vi.useRealTimers();
});

describe('the engine', () => {
  it('sends an accepted event from memory, and closes its entry', async () => {
    const scene = new Scene();
    scene.engine.start();
    const [event] = scene.publish([w1]);
    expect(scene.state).toEqual({ inFlight: 1, queued: 0, held: 1, entries: 1 });
    await scene.answerAll();
    await vi.advanceTimersByTimeAsync(writeMs);
    expect(scene.written.map(({ status }) => status)).toEqual(['delivered']);
    expect(scene.closed).toEqual([`${event?.id} 1`]);
    expect(scene.state).toEqual(quiet);
    expect(scene.notifyWork).not.toHaveBeenCalled();
  });

  it('tells the owners of other partitions about entries and due webhooks', () => {
    const scene = new Scene();
    scene.engine.start();
    const [event] = scene.publish([foreign]);
    scene.engine.notifyDue(foreign);
    expect(scene.notifyWork.mock.calls).toEqual([
      [{ entries: [{ entryId: event?.id, partitions: [9] }], webhookIds: [] }],
      [{ entries: [], webhookIds: [foreign] }],
    ]);
  });

  it('reads what a notice names in its own partitions', async () => {
    const scene = new Scene();
    scene.engine.start();
    await vi.advanceTimersByTimeAsync(0);
    const event = anEvent({ targets: [w1] });
    scene.open = [{ entry: anEntry([event]), events: [event] }];
    scene.engine.onWork({ entries: [{ entryId: event.id, partitions: [9] }], webhookIds: [foreign] });
    await vi.advanceTimersByTimeAsync(10);
    expect([scene.requests.length, scene.pullBacklog.mock.calls.length]).toEqual([0, 0]);
    scene.engine.onWork({ entries: [{ entryId: event.id, partitions: [1, 9] }], webhookIds: [w2] });
    await vi.advanceTimersByTimeAsync(10);
    expect(scene.requests.map(({ webhookId }) => webhookId)).toEqual([w1]);
    expect(scene.pullBacklog.mock.calls.map(([webhookId]) => webhookId)).toEqual([w2]);
  });

  it('sends nothing while the lease has ended, and goes on when it is renewed', async () => {
    const scene = new Scene();
    scene.engine.start();
    scene.canSend = false;
    scene.publish([w1]);
    expect(scene.requests).toEqual([]);
    scene.canSend = true;
    scene.engine.onRenewed();
    expect(scene.requests).toHaveLength(1);
    await scene.answerAll();
  });

  it('drops everything queued when it is fenced, and still writes what was in flight', async () => {
    const scene = new Scene();
    scene.engine.start();
    scene.publish([w1], [w1], [w2]);
    expect(scene.state).toEqual({ inFlight: 2, queued: 1, held: 3, entries: 1 });
    scene.owned.clear();
    scene.engine.onLost();
    expect(scene.state).toEqual({ inFlight: 2, queued: 0, held: 2, entries: 0 });
    await scene.answerAll();
    await vi.advanceTimersByTimeAsync(writeMs);
    expect(scene.written).toHaveLength(2);
    expect(scene.closed).toEqual([]);
    expect(scene.state).toEqual(quiet);
  });
});

describe('a release', () => {
  it('drops what is queued, and waits for requests in flight and their results', async () => {
    const scene = new Scene();
    scene.engine.start();
    scene.publish([w1], [w1], [w2]);
    const release = scene.engine.release([1], { isFinal: false });
    expect(scene.engine.stats.queued).toBe(0);
    await scene.requests.find(({ webhookId }) => webhookId === w1)?.answer();
    await vi.advanceTimersByTimeAsync(writeMs);
    expect(await release).toEqual([1]);
    expect(scene.written).toHaveLength(1);
    expect(scene.engine.stats.held).toBe(1);
    await scene.answerAll();
  });

  it('keeps a partition with a request in flight after a second, and finds its work again', async () => {
    const scene = new Scene();
    scene.engine.start();
    scene.publish([w1], [w1]);
    const release = scene.engine.release([1, 2], { isFinal: false });
    await vi.advanceTimersByTimeAsync(1_100);
    expect(await release).toEqual([2]);
    await vi.advanceTimersByTimeAsync(writeMs);
    await scene.answerAll();
    await vi.advanceTimersByTimeAsync(3_000);
    // The delivery that was dropped. The double of the store does not know that the first one is written.
    expect(scene.requests.length).toBeGreaterThan(0);
    await scene.answerAll();
    await vi.advanceTimersByTimeAsync(writeMs);
    expect(scene.closed).toHaveLength(1);
    expect(scene.state).toEqual(quiet);
  });
});

describe('a shutdown', () => {
  it('hands over idle partitions at once, although deliveries were queued', async () => {
    const scene = new Scene();
    scene.engine.start();
    scene.canSend = false;
    scene.publish([w1], [w1]);
    void scene.engine.stop();
    expect(scene.state).toMatchObject({ queued: 0, held: 0 });
    expect(await scene.engine.release([1, 2], { isFinal: false })).toEqual([1, 2]);
  });

  it('takes nothing more, waits for requests in flight, and writes their results', async () => {
    const scene = new Scene();
    scene.engine.start();
    scene.publish([w1]);
    const stopped = scene.engine.stop();
    const final = scene.engine.release([1, 2], { isFinal: true });
    scene.publish([w2]);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(scene.state).toMatchObject({ inFlight: 1, queued: 0, held: 1 });
    await scene.answerAll();
    await vi.advanceTimersByTimeAsync(0);
    await stopped;
    expect(await final).toEqual([1, 2]);
    expect(scene.written).toHaveLength(1);
    expect(scene.closed).toHaveLength(1);
    expect(scene.state).toEqual(quiet);
  });

  it('ends although the database is away', async () => {
    const scene = new Scene();
    scene.engine.start();
    scene.publish([w1]);
    scene.writeResults.mockRejectedValue(new Error('away'));
    const stopped = scene.engine.stop();
    await scene.answerAll();
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
    expect(scene.state).toEqual(quiet);
    expect(scene.closed).toEqual([]);
  });

  it('does not wait for ever for a request', async () => {
    const scene = new Scene();
    scene.engine.start();
    scene.publish([w1]);
    const stopped = scene.engine.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.advanceTimersByTimeAsync(1);
    await stopped;
    expect(scene.engine.stats.inFlight).toBe(1);
    await scene.answerAll();
  });
});
