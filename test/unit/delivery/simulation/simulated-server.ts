import { HealthTracker } from '../../../../server/src/delivery/attempt/health-tracker.ts';
import { DeliveryEngine } from '../../../../server/src/delivery/engine.ts';
import { Ownership } from '../../../../server/src/delivery/ownership/ownership.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import { toPartition } from '../../../../server/src/domain/partition.ts';
import type { DueDelivery } from '../../../../server/src/domain/ports/delivery-queue.ts';
import type { WorkNotice } from '../../../../server/src/domain/ports/notifications.ts';
import type { OutgoingRequest } from '../../../../server/src/domain/ports/sending.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { aProcess } from '../../../support/builders.ts';
import type { SimulatedStore } from '../ownership/simulation/simulated-store.ts';
import type { SimulatedDatabase } from './database.ts';
import type { Defect } from './defect.ts';
import { SimulatedEventStore } from './simulated-event-store.ts';
import { SimulatedQueue } from './simulated-queue.ts';
import type { Runner, World } from './world.ts';

export const startAt = 1_800_000_000_000;
const leaseMs = 10_000;
const heartbeatMs = 2_500;
const maxRequestMs = 3_000;

/** A request of a delivery at the revision of its document. */
export interface Dial {
  readonly deliveryId: string;
  readonly revision: number;
  readonly eventId: string;
  readonly webhookId: string;
  readonly server: SimulatedServer;
}

export interface ServerDeps {
  readonly world: World;
  readonly database: SimulatedDatabase;
  readonly owners: SimulatedStore;
  readonly webhooks: ReadonlyMap<string, Webhook>;
  readonly defect: Defect | undefined;
  /** Share of requests that fail. */
  getFailureRate(): number;
  createId(): string;
  isAlive(host: string, pid: number): boolean;
  notifyWork(notice: WorkNotice): void;
  notifyOwners(): void;
  onDial(dial: Dial): void;
  onWritten(server: SimulatedServer, deliveryIds: readonly string[]): void;
  onAccepted(eventIds: readonly string[]): void;
}

const noop = (): void => undefined;

const noSpan = (): never => {
  throw new Error('the engine starts no such span');
};
const noLog = { debug: noop, info: noop, warn: noop, error: noop };
const noMeter = {
  countAccepted: noop,
  countAttempt: noop,
  countFinished: noop,
  countFenced: noop,
  countRefused: noop,
  observeBatch: noop,
};

/** A server process: the real engine and the real ownership, with clocks of its own. */
export class SimulatedServer implements Runner {
  readonly engine: DeliveryEngine;
  readonly ownership: Ownership;
  readonly queue: SimulatedQueue;
  readonly host: string;
  readonly pid: number;
  state: 'running' | 'paused' | 'stopping' | 'gone' = 'running';
  /** Deliveries with a request in flight, or with a result that is not written. */
  readonly open = new Map<string, number>();
  readonly #deps: ServerDeps;
  readonly #events: SimulatedEventStore;
  #started: Promise<void> = Promise.resolve();
  #waiting: (() => void)[] = [];
  #cutUntil = 0;
  /** How far its clock is from the database's. */
  #clockOffset = 0;
  #attempted: DueDelivery | undefined;

  constructor(
    deps: ServerDeps,
    options: { readonly host: string; readonly pid: number; readonly maxInMemory: number },
  ) {
    this.#deps = deps;
    this.host = options.host;
    this.pid = options.pid;
    const { world, database, owners } = deps;
    const network = {
      isConnected: () => world.now >= this.#cutUntil,
      reply: (callback: () => void) => this.run(callback),
    };
    const queue = new SimulatedQueue(database, network, deps.defect);
    this.queue = queue;
    this.#events = new SimulatedEventStore(database, network);
    this.ownership = this.#createOwnership(owners, network);
    this.engine = this.#createEngine(queue, options.maxInMemory);
    this.run(() => {
      this.#started = this.ownership.start(this.engine).then(() => this.engine.start());
      this.#started.catch(() => this.kill());
    });
  }

  get isRunning(): boolean {
    return this.state !== 'gone';
  }

  now(): number {
    return Math.floor(startAt + this.#deps.world.now + this.#clockOffset);
  }

  monotonicNow(): number {
    return this.#deps.world.now;
  }

  /** Whether the process would start a request now. */
  believes(partition: number): boolean {
    return this.isRunning && this.ownership.canSend && this.ownership.owns(partition);
  }

  run(callback: () => void): void {
    if (this.state === 'gone') return;
    if (this.state === 'paused') this.#waiting.push(callback);
    else this.#deps.world.enter(this, callback);
  }

  kill(): void {
    this.state = 'gone';
    this.#waiting = [];
  }

  pause(ms: number): void {
    if (this.state !== 'running') return;
    this.state = 'paused';
    this.#deps.world.after(ms, () => {
      if (this.state !== 'paused') return;
      this.state = 'running';
      for (const callback of this.#waiting.splice(0)) this.#deps.world.after(0, () => this.run(callback));
    });
  }

  cut(ms: number): void {
    this.#cutUntil = this.#deps.world.now + ms;
  }

  stepClock(ms: number): void {
    this.#clockOffset += ms;
  }

  stop(): void {
    if (this.state !== 'running') return;
    this.state = 'stopping';
    this.run(() => {
      const stop = async () => await Promise.all([this.engine.stop(), this.ownership.stop()]);
      void this.#started.then(stop).then(
        () => this.kill(),
        () => this.kill(),
      );
    });
  }

  /** Accepts events as the ingester does. */
  publish(events: readonly AcceptedEvent[]): void {
    this.run(() => void this.#store(events));
  }

  async #store(events: readonly AcceptedEvent[]): Promise<void> {
    const { onAccepted, defect } = this.#deps;
    const { eagerDispatch } = this.engine;
    const reserved = new Set(
      events.filter((event) => event.targets.length > 0 && eagerDispatch.reserve(event)),
    );
    const isReserved = (event: AcceptedEvent) => reserved.has(event);
    try {
      const { batches, duplicates } = await this.#events.insertMany(events);
      for (const batch of batches) {
        const placed =
          defect === 'takes-parts-of-partitions' ? batch.events.filter(isReserved) : batch.events;
        eagerDispatch.commit({ id: batch.id, events: placed }, isReserved);
        for (const event of batch.events) reserved.delete(event);
      }
      onAccepted(events.map(({ id }) => duplicates.get(id)?.id ?? id));
    } catch {
      // The publisher gets an error.
    } finally {
      for (const event of reserved) eagerDispatch.cancel(event);
    }
  }

  #createOwnership(owners: SimulatedStore, network: Parameters<SimulatedStore['connect']>[0]): Ownership {
    const { world, createId, isAlive, notifyOwners } = this.#deps;
    const { host, pid } = this;
    return new Ownership(
      {
        ...owners.connect(network),
        clock: {
          monotonicNow: () => world.now,
          wallNow: () => this.now(),
          after: (ms, callback) => {
            let isCancelled = false;
            world.after(ms, () => this.run(() => isCancelled || callback()));
            return () => {
              isCancelled = true;
            };
          },
        },
        log: noLog,
        createId,
        isAlive: (other) => isAlive(host, other),
        notify: notifyOwners,
      },
      { self: aProcess({ host, pidNamespace: host, pid, pidStart: `${pid}` }), leaseMs, heartbeatMs },
    );
  }

  #createEngine(queue: SimulatedQueue, maxInMemory: number): DeliveryEngine {
    const { world, webhooks, notifyWork, onWritten } = this.#deps;
    const clock = { now: () => this.now() };
    const getEpoch = (webhookId: string) => this.ownership.getEpoch(toPartition(webhookId));
    const { random } = world;
    return new DeliveryEngine({
      queue: Object.assign(queue, {
        writeResults: async (...args: Parameters<SimulatedQueue['writeResults']>) => {
          const fenced = await SimulatedQueue.prototype.writeResults.apply(queue, args);
          onWritten(
            this,
            args[0].map(({ delivery }) => delivery.deliveryId),
          );
          return fenced;
        },
      }),
      ownership: this.ownership,
      notifications: { notifyWork },
      webhookCache: {
        listForApp: () => [],
        get: (id) =>
          random.chance(0.8)
            ? webhooks.get(id)
            : new Promise((resolve) => setTimeout(() => resolve(webhooks.get(id)), random.below(50))),
      },
      sender: { send: (request) => this.#send(request), close: () => Promise.resolve() },
      getRequestFactory: (webhook) => ({
        format: 'json',
        limits: { perSecond: null, maxInFlight: null, limiter: undefined },
        createRequest: () => ({
          accountId: webhook.accountId,
          origin: '',
          path: webhook.id,
          headers: {},
          body: '',
          deadlineMs: maxRequestMs,
        }),
        redact: (result) => result,
      }),
      health: new HealthTracker({
        store: { get: () => Promise.resolve(new Map()), save: () => Promise.resolve([]) },
        clock,
        log: noLog,
        getEpoch,
      }),
      getEpoch,
      clock,
      log: noLog,
      meter: noMeter,
      activity: { recordAccepted: noop, recordResult: noop },
      webhookActivity: { recordResult: noop },
      incidents: { recordFailure: noop },
      tracer: {
        request: noSpan,
        publish: noSpan,
        attempt: (delivery) => {
          this.#attempted = delivery;
          return { traceparent: '', run: (work) => work(), end: noop };
        },
      },
      sendsTraceparent: true,
      retryPolicy: { scheduleMs: [500, 2_000, 5_000], random: () => random.next() },
      limits: {
        maxInFlight: 4,
        initialInFlight: 2,
        maxInFlightTotal: 16,
        placesForFast: 2,
        maxIdleQueues: 100,
        maxInMemory,
        maxBytes: 1_000_000,
        maxScheduled: 100,
        deliveryTimeoutMs: maxRequestMs,
        disableAfterMs: Number.MAX_SAFE_INTEGER,
        puller: { scanCycleMs: 8_000 },
      },
      disable: () => Promise.resolve(false),
      cancelDeleted: () => Promise.resolve(),
    });
  }

  async #send({ path: webhookId }: OutgoingRequest): Promise<SendResult> {
    const { world, onDial, getFailureRate } = this.#deps;
    const delivery = this.#attempted;
    if (delivery?.webhookId !== webhookId) throw new Error('a request without an attempt');
    const { deliveryId, revision, event } = delivery;
    onDial({ deliveryId, revision, eventId: event.id, webhookId, server: this });
    this.open.set(deliveryId, (this.open.get(deliveryId) ?? 0) + 1);
    const durationMs = Math.ceil(
      world.random.chance(0.6) ? world.random.below(50) : world.random.below(maxRequestMs),
    );
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    const statusCode = world.random.chance(getFailureRate()) ? 500 : 200;
    return { kind: 'answered', statusCode, retryAfter: undefined, headers: {}, reply: '', durationMs };
  }
}
