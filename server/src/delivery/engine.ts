import { toPartition } from '../domain/partition.ts';
import type { DeliveryQueue } from '../domain/ports/delivery-queue.ts';
import type { EagerDispatch } from '../domain/ports/eager-dispatch.ts';
import type { ConfigChange, Notifications, WorkNotice } from '../domain/ports/notifications.ts';
import type { ActivityRecorder, Meter, WebhookActivityRecorder } from '../domain/ports/telemetry.ts';
import type { IncidentRecorder } from '../domain/ports/incident-store.ts';
import type { Tracer } from '../domain/ports/tracing.ts';
import type { Clock, Log, Timers } from '../domain/ports/runtime.ts';
import type { EndpointTurns, Sender } from '../domain/ports/sending.ts';
import type { WebhookCache } from '../domain/ports/webhook-store.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import type { Webhook } from '../domain/webhook.ts';
import type { DisableWebhook } from './attempt/disable-webhook.ts';
import type { HealthTracker } from './attempt/health-tracker.ts';
import { createRunAttempt, type AttemptLimits } from './attempt/run-attempt.ts';
import type { Ownership } from './ownership/ownership.ts';
import type { OwnershipListener } from './ownership/ownership-listener.ts';
import { getLimits } from './request/limits.ts';
import type { RequestFactory } from './request/request-factory.ts';
import { createDeliveryCompletion } from './scheduling/completion.ts';
import { Dispatcher, type DispatcherLimits } from './scheduling/dispatcher.ts';
import { DueSchedule } from './scheduling/due-schedule.ts';
import { createEagerDispatch } from './scheduling/eager-dispatch.ts';
import { EntryTracker } from './scheduling/entry-tracker.ts';
import { HeldDeliveries } from './scheduling/held-deliveries.ts';
import { Intake } from './scheduling/intake.ts';
import { MemoryBudget, type MemoryLimits } from './scheduling/memory-budget.ts';
import { OldFormConverter } from './scheduling/old-form-converter.ts';
import { maxPulledPerWebhook, Puller, type PullerLimits } from './scheduling/puller.ts';
import { ReservedEvents } from './scheduling/reserved-events.ts';
import { ResultWriter } from './scheduling/result-writer.ts';
import { Sweeper, type SweeperLimits } from './scheduling/sweeper.ts';

interface EngineLimits extends DispatcherLimits, MemoryLimits, AttemptLimits {
  /** Waiting deliveries whose due times are kept in memory. */
  readonly maxScheduled: number;
  readonly sweeper?: Partial<SweeperLimits>;
  readonly puller?: Partial<PullerLimits>;
}

export interface EngineDeps {
  readonly queue: DeliveryQueue;
  /** The partitions that this process sends to. */
  readonly ownership: Pick<Ownership, 'owns' | 'owned' | 'canSend'>;
  readonly notifications: Pick<Notifications, 'notifyWork'>;
  readonly webhookCache: WebhookCache;
  readonly sender: Sender;
  readonly getRequestFactory: (webhook: Webhook) => RequestFactory;
  readonly health: HealthTracker;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly activity: ActivityRecorder;
  readonly webhookActivity: WebhookActivityRecorder;
  readonly incidents: IncidentRecorder;
  /** Undefined when tracing is off. */
  readonly tracer: Tracer | undefined;
  /** SEND_TRACEPARENT. */
  readonly sendsTraceparent: boolean;
  readonly retryPolicy: RetryPolicy;
  readonly limits: EngineLimits;
  readonly disable: DisableWebhook;
  /** Cancels the waiting deliveries of a webhook that does not exist. */
  readonly cancelDeleted: (webhookId: string) => Promise<void>;
  /** The epoch in which this process owns the partition of a webhook. */
  readonly getEpoch: (webhookId: string) => number;
  /** @default real ones */
  readonly timers?: Timers | undefined;
}

/** How long shutdown waits for requests in flight: the default delivery timeout. */
const drainTimeoutMs = 10_000;

/** How long shutdown waits for results to be written. */
const writeTimeoutMs = 5_000;

/** How long a partition that another process asks for may have requests in flight. Otherwise it stays. */
const releaseTimeoutMs = 1_000;

const pollMs = 20;

/**
 * The delivery engine of one process. It sends to the webhooks of the partitions that the process owns.
 *
 *   stopped  --start--> running
 *   running  --stop-->  draining   graceful shutdown: takes no more work, ends requests, writes results
 *   draining --done, or timed out--> stopped
 *
 * The path of a delivery:
 *
 *   eager dispatch --+                                            +--> result writer --> entry closed
 *   sweeper ---------+--> intake --> dispatcher --> attempt --> completion
 *   puller ----------+                                            +--> due schedule --> puller
 *
 * Entries owe first results, and waiting deliveries later ones. What is in memory is only a copy of that, so it
 * can be dropped at any time: the next owner of the partition finds it again.
 */
export class DeliveryEngine implements EndpointTurns, OwnershipListener {
  /** Dispatches the events that this process accepts. */
  readonly eagerDispatch: EagerDispatch;
  readonly #deps: EngineDeps;
  readonly #held: HeldDeliveries;
  readonly #entries = new EntryTracker();
  readonly #reserved = new ReservedEvents();
  readonly #memory: MemoryBudget;
  readonly #schedule: DueSchedule;
  readonly #resultWriter: ResultWriter;
  readonly #dispatcher: Dispatcher;
  readonly #intake: Intake;
  readonly #sweeper: Sweeper;
  readonly #puller: Puller;
  readonly #converter: OldFormConverter;
  #stopped: Promise<void> | undefined;
  #mode: 'stopped' | 'running' | 'draining' = 'stopped';

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    const { queue, getRequestFactory, ownership, notifications, meter, log, limits } = deps;
    const { random } = deps.retryPolicy;
    const schedule = new DueSchedule(limits);
    const entries = this.#entries;
    const held = new HeldDeliveries((webhookId, count) => {
      if (count <= maxPulledPerWebhook / 2 && schedule.getParkReason(webhookId) === 'full')
        this.#unpark(webhookId);
    });
    const owns = (partition: number) => ownership.owns(partition);
    const getOwned = () => ownership.owned;
    const onRoom = (webhookId: string) => this.#unpark(webhookId);
    const memory = new MemoryBudget(limits, { onRoom });
    const reserved = this.#reserved;
    const resultWriter = new ResultWriter({ queue, getOwned, meter, log, timers: deps.timers });
    const completion = createDeliveryCompletion({ ...deps, memory, held, entries, resultWriter, schedule });
    const dispatcher = new Dispatcher({
      ...deps,
      memory,
      completion,
      runAttempt: createRunAttempt({ ...deps, completion }),
      getLimits: (webhook) => getLimits(webhook, getRequestFactory),
      canSend: (webhookId) => ownership.canSend && ownership.owns(toPartition(webhookId)),
      onRoom,
    });
    const intake = new Intake({ held, entries, memory, dispatcher, completion, owns });
    const parts = { ...deps, intake, memory, held, getOwned };
    this.#sweeper = new Sweeper({ ...parts, entries, reserved, random }, limits.sweeper);
    this.#puller = new Puller({ ...parts, schedule, dispatcher, owns }, limits.puller);
    this.#converter = new OldFormConverter({ queue, log, onConverted: () => this.#findAll() });
    this.eagerDispatch = createEagerDispatch({
      intake,
      memory,
      reserved,
      notifyOwners: (entryId, partitions) =>
        notifications.notifyWork({ entries: [{ entryId, partitions: [...partitions] }], webhookIds: [] }),
    });
    this.#held = held;
    this.#memory = memory;
    this.#schedule = schedule;
    this.#resultWriter = resultWriter;
    this.#dispatcher = dispatcher;
    this.#intake = intake;
  }

  get stats() {
    return {
      inFlight: this.#dispatcher.inFlight,
      queued: this.#dispatcher.queued,
      held: this.#held.size,
      entries: this.#entries.size,
      /** Events that are being stored, with places in memory. */
      reserved: this.#reserved.size,
      /** Bytes of event data in memory. */
      bytes: this.#memory.bytes,
      scheduled: this.#schedule.size,
      unwrittenResults: this.#resultWriter.size,
      endpointQueues: this.#dispatcher.countQueuesByMode(),
    };
  }

  /** When the next waiting delivery is due, epoch ms. Infinity: none is known. */
  get nextDueAt(): number {
    return this.#schedule.nextDueAt;
  }

  /** Looks for due deliveries now instead of at the next poll. */
  pull(): void {
    this.#puller.wake();
  }

  /** Takes a turn of an endpoint for a request outside the queue; see `EndpointTurns`. */
  takeTurn(webhook: Webhook): ReturnType<EndpointTurns['takeTurn']> {
    return this.#dispatcher.takeTurn(webhook);
  }

  /** Starts to send to the webhooks of all partitions that the process owns. */
  start(): void {
    if (this.#mode !== 'stopped') return;
    this.#mode = 'running';
    this.#intake.start();
    this.#deps.health.start();
    this.#sweeper.start();
    this.#puller.start();
    this.#converter.start();
    this.#findAll();
  }

  /** Tells the owner of a webhook that deliveries of it are due. */
  readonly notifyDue = (webhookId: string): void => {
    if (this.#deps.ownership.owns(toPartition(webhookId))) this.#lookAt(webhookId);
    else this.#deps.notifications.notifyWork({ entries: [], webhookIds: [webhookId] });
  };

  /** Looks for the work of a notice in the partitions of this process. */
  onWork({ entries, webhookIds }: WorkNotice): void {
    const { ownership } = this.#deps;
    const owned = entries.filter(({ partitions }) =>
      partitions.some((partition) => ownership.owns(partition)),
    );
    if (owned.length > 0) this.#sweeper.notify(owned.map(({ entryId }) => entryId));
    for (const webhookId of webhookIds) {
      if (ownership.owns(toPartition(webhookId))) this.#lookAt(webhookId);
    }
  }

  /** A disabled webhook can be enabled now. */
  onConfigChange(change: ConfigChange | undefined): void {
    if (change === undefined) this.#schedule.unparkAll('disabled');
    else if (change.collection === 'webhooks') {
      this.#schedule.unpark(change.id);
      if (change.resetsHealth === true) this.#dispatcher.closeCircuit(change.id);
    } else return;
    this.#puller.wake();
  }

  onAcquired(partitions: readonly number[]): void {
    this.#intake.markAcquired(partitions);
    this.#puller.scan(partitions);
    this.#sweeper.sweepAll();
  }

  onRenewed(): void {
    this.#dispatcher.resume();
  }

  /** Queued deliveries go back to their entries and documents. Waits for requests in flight. */
  async release(
    partitions: readonly number[],
    { isFinal }: { readonly isFinal: boolean },
  ): Promise<readonly number[]> {
    if (isFinal) {
      await this.#stopped;
      return partitions;
    }
    const released = new Set(partitions);
    this.#dropQueued((partition) => released.has(partition));
    const isIdle = (partition: number) => this.#held.countIn(partition) === 0;
    const deadline = performance.now() + releaseTimeoutMs;
    while (performance.now() < deadline && !partitions.every(isIdle)) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    const kept = partitions.filter((partition) => !isIdle(partition));
    if (kept.length > 0) this.#keep(kept);
    return partitions.filter(isIdle);
  }

  /** Looks again for what was dropped. After the caller has made the partitions ours again. */
  #keep(partitions: readonly number[]): void {
    setImmediate(() => {
      if (this.#mode !== 'running') return;
      this.onAcquired(partitions);
      this.#dispatcher.resume();
    });
  }

  onLost(): void {
    this.#dropQueued(() => true);
  }

  #dropQueued(isDropped: (partition: number) => boolean): void {
    this.#removeQueued(isDropped);
    this.#entries.dropPartitions(isDropped);
    this.#schedule.dropPartitions(isDropped);
  }

  #removeQueued(isRemoved: (partition: number) => boolean): void {
    for (const task of this.#dispatcher.dropPartition((webhookId) => isRemoved(toPartition(webhookId)))) {
      this.#held.remove(task);
    }
  }

  #lookAt(webhookId: string): void {
    this.#schedule.unpark(webhookId);
    this.#schedule.addWebhook(webhookId, 0);
    this.#puller.wake();
  }

  #unpark(webhookId: string): void {
    if (this.#schedule.unpark(webhookId)) this.#puller.wake();
  }

  #findAll(): void {
    this.onAcquired(this.#deps.ownership.owned);
  }

  /**
   * Graceful shutdown. Resolves once requests have ended and results are written. The process hands over its
   * partitions meanwhile.
   */
  async stop(): Promise<void> {
    if (this.#mode !== 'running') return;
    this.#mode = 'draining';
    this.#stopped = this.#drain();
    await this.#stopped;
    this.#mode = 'stopped';
  }

  async #drain(): Promise<void> {
    this.#intake.stop();
    // At once, so that partitions without requests in flight can be handed over.
    this.#removeQueued(() => true);
    await Promise.all([this.#sweeper.stop(), this.#puller.stop(), this.#converter.stop()]);
    await this.#dispatcher.stop(drainTimeoutMs);
    await this.#resultWriter.drain(writeTimeoutMs);
    await this.#deps.health.stop();
  }
}
