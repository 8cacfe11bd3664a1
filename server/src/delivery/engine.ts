import { setTimeout as wait } from 'node:timers/promises';
import type { AcceptedEvent } from '../domain/event.ts';
import { deliveryIdOf } from '../domain/ids.ts';
import type {
  ClaimedBatch,
  ClaimedDelivery,
  DeliveryQueue,
  Recording,
} from '../domain/ports/delivery-queue.ts';
import type { EventBatch } from '../domain/ports/event-store.ts';
import type { HandOver, Lease } from '../domain/ports/hand-over.ts';
import type { ActivityRecorder, Meter, Tracer } from '../domain/ports/observers.ts';
import type { Clock, Log } from '../domain/ports/runtime.ts';
import type { Sender } from '../domain/ports/sending.ts';
import type { WebhookDirectory } from '../domain/ports/webhook-store.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import type { Webhook } from '../domain/webhook.ts';
import { Dispatcher, type DispatcherLimits } from './dispatcher.ts';
import type { HealthTracker } from './health-tracker.ts';
import { Holds, leaseMs } from './holds.ts';
import { createAttempt, type AttemptLimits, type DisableWebhook } from './make-attempt.ts';
import { paceOf, type PreparedWebhook } from './prepared-webhook.ts';
import { Recorder } from './recorder.ts';
import type { Hold, Task } from './task.ts';

export interface EngineLimits extends DispatcherLimits, AttemptLimits {
  /** Deliveries in memory at most, waiting or in flight. */
  readonly maxInMemory: number;
  /** Bytes of event data in memory at most. */
  readonly maxBytes: number;
}

export interface EngineParts {
  readonly queue: DeliveryQueue;
  readonly directory: WebhookDirectory;
  readonly sender: Sender;
  readonly prepare: (webhook: Webhook) => PreparedWebhook;
  readonly health: HealthTracker;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly activity: ActivityRecorder;
  /** Undefined: nobody traces. */
  readonly tracer: Tracer | undefined;
  readonly retryPolicy: RetryPolicy;
  readonly limits: EngineLimits;
  /** Unique per start of a process; begins every lease token. */
  readonly owner: string;
  readonly disable: DisableWebhook;
}

/** The poll is for retries and recovery; work is announced. Jittered, so that processes do not poll in step. */
const pollMs = 1_000;

/** What one claim brings at most: large enough that its three round trips weigh nothing per delivery. */
const claimLimit = 200;

/** Requests in flight get this long to end when the process stops: the delivery timeout's default. */
const drainMs = 10_000;

/**
 * The engine: takes what was just accepted, claims what is due, sends, records.
 *
 *   stopped  --start-->  running
 *   running  --stop-->   draining   nothing is taken or claimed; what is in flight ends, results are written
 *   draining --all ended, or 10 s over--> stopped   claims still held are given back
 *
 * While running, the claim loop is
 *   claiming --a full batch came and there is room--> claiming
 *   claiming --less came, or no room--> waiting
 *   waiting  --work is announced, room was made, a known retry is due, or the poll's second is over--> claiming
 */
export class DeliveryEngine implements HandOver {
  readonly #parts: EngineParts;
  readonly #dispatcher: Dispatcher;
  readonly #recorder: Recorder;
  readonly #holds: Holds;
  #mode: 'stopped' | 'running' | 'draining' = 'stopped';
  #loop: Promise<void> | undefined;
  #wake = new AbortController();
  /** A wake that came while claiming: do not wait. */
  #woken = false;
  #claims = 0;
  #reserved = 0;
  #bytes = 0;
  /** Memory as a whole was full: wake when half of it is free. */
  #isFull = false;
  /** Some of the last claim found no room in their lanes and went back. */
  #bounced = false;
  #nextKnownDue = Number.POSITIVE_INFINITY;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#holds = new Holds(parts.queue, parts.clock, parts.log);
    this.#recorder = new Recorder({
      queue: parts.queue,
      meter: parts.meter,
      log: parts.log,
      released: (hold) => this.#holds.remove(hold),
    });
    this.#dispatcher = new Dispatcher({
      directory: parts.directory,
      clock: parts.clock,
      limits: parts.limits,
      pace: (webhook) => paceOf(webhook, parts.prepare),
      attempt: createAttempt({ ...parts, settle: (task, recording) => void this.#write(task, recording) }),
      setAside: (task, recording) => void this.#write(task, recording),
      dropped: (task) => this.#forget(task),
      opened: (lane) => void parts.health.recall(lane),
      freed: () => this.wake(),
    });
  }

  get stats() {
    return {
      inFlight: this.#dispatcher.inFlight,
      queued: this.#dispatcher.queued,
      held: this.#holds.size,
      recording: this.#recorder.waiting,
      lanes: this.#dispatcher.laneCounts(),
    };
  }

  start(): void {
    if (this.#mode !== 'stopped') return;
    this.#mode = 'running';
    this.#holds.start();
    this.#parts.health.start();
    this.#loop = this.#claimLoop();
  }

  // Hand-over: the happy path, without a claim.

  reserve(event: AcceptedEvent): boolean {
    if (this.#mode !== 'running') return false;
    const hasRoom =
      this.#room() >= event.targets.length &&
      this.#bytes + event.dataText.length <= this.#parts.limits.maxBytes &&
      event.targets.every((webhookId) => this.#dispatcher.hasRoom(webhookId));
    if (hasRoom) this.#reserved += event.targets.length;
    return hasRoom;
  }

  fullLaneOf(event: AcceptedEvent): string | undefined {
    return event.targets.find((webhookId) => this.#dispatcher.isOverflowing(webhookId));
  }

  lease(): Lease {
    return { token: `${this.#parts.owner}.0`, until: this.#parts.clock.now() + leaseMs };
  }

  committed({ id, events }: EventBatch, lease: Lease): void {
    for (const event of events) this.#reserved -= event.targets.length;
    // Accepted while the process began to stop: its lease is given back at once with the others.
    const missing = (event: AcceptedEvent) => event.targets.map((_, index) => index);
    const all = events.map((event) => ({ event, missing: missing(event) }));
    this.#takeBatch({ id, events: all, isWhole: true }, lease);
  }

  abandoned(event: AcceptedEvent): void {
    this.#reserved -= event.targets.length;
  }

  /** There may be work in the database. */
  wake(): void {
    this.#woken = true;
    this.#wake.abort();
  }

  #room(): number {
    return (
      this.#parts.limits.maxInMemory - this.#reserved - this.#dispatcher.queued - this.#dispatcher.inFlight
    );
  }

  #takeBatch({ id, events, isWhole }: ClaimedBatch, { token, until }: Lease): void {
    const open = events.reduce((sum, { missing }) => sum + missing.length, 0);
    const hold: Hold = { kind: 'batch', id, token, until, open, isClosedAtEnd: isWhole };
    this.#holds.add(hold);
    if (open === 0) return void this.#recorder.end(hold).catch(this.#unwritten);
    for (const { event, missing } of events) {
      for (const index of missing) {
        const webhookId = event.targets[index];
        if (webhookId === undefined) continue;
        this.#enqueue({
          hold,
          delivery: {
            deliveryId: deliveryIdOf(event.id, index),
            webhookId,
            event,
            attemptCount: 0,
            createdAt: event.acceptedAt,
            held: 'batch',
            token,
          },
        });
      }
    }
  }

  #enqueue(task: Task): void {
    if (this.#mode !== 'running') return;
    this.#bytes += task.delivery.event.dataText.length;
    this.#dispatcher.enqueue(task);
  }

  // Claiming: retries, overflow, and what dead processes left behind.

  async #claimLoop(): Promise<void> {
    while (this.#mode === 'running') {
      this.#woken = false;
      const isMore = await this.#claim();
      if (isMore && this.#room() > 0) continue;
      await this.#waitForWork();
    }
  }

  /** Answers whether there was as much as was asked for. */
  async #claim(): Promise<boolean> {
    const limit = Math.min(claimLimit, this.#room());
    if (limit <= 0) {
      this.#isFull = true;
      return false;
    }
    this.#bounced = false;
    const { queue, clock, log, meter } = this.#parts;
    try {
      const lease = (): Lease => ({
        token: `${this.#parts.owner}.${++this.#claims}`,
        until: clock.now() + leaseMs,
      });
      const forBatches = lease();
      const batches = await queue.claimBatches({
        limit,
        token: forBatches.token,
        leaseMs,
        except: this.#dispatcher.overflowing(),
      });
      for (const batch of batches) this.#takeBatch(batch, forBatches);
      const events = batches.reduce((sum, batch) => sum + batch.events.length, 0);
      const forDeliveries = lease();
      const rest = Math.min(limit, Math.max(0, this.#room()));
      const deliveries =
        rest === 0
          ? []
          : await queue.claimDeliveries({
              limit: rest,
              token: forDeliveries.token,
              leaseMs,
              except: this.#dispatcher.full(),
            });
      for (const delivery of deliveries) this.#takeDelivery(delivery, forDeliveries);
      if (events + deliveries.length > 0) meter.batch('claim', events + deliveries.length);
      // What found its lane full would only be claimed again: the next round waits until the lane has drained.
      return !this.#bounced && (events >= limit || deliveries.length === limit);
    } catch (error) {
      log.warn({ err: error }, 'could not claim deliveries; trying again');
      return false;
    }
  }

  #takeDelivery(delivery: ClaimedDelivery, { token, until }: Lease): void {
    const hold: Hold = {
      kind: 'delivery',
      id: delivery.deliveryId,
      token,
      until,
      open: 1,
      isClosedAtEnd: false,
    };
    this.#holds.add(hold);
    this.#enqueue({ hold, delivery });
  }

  async #waitForWork(): Promise<void> {
    if (this.#woken || this.#mode !== 'running') return;
    this.#wake = new AbortController();
    const now = this.#parts.clock.now();
    const poll = pollMs * (0.8 + this.#parts.retryPolicy.random() * 0.4);
    const ms = Math.max(1, Math.min(poll, this.#nextKnownDue - now));
    if (this.#nextKnownDue - now <= ms) this.#nextKnownDue = Number.POSITIVE_INFINITY;
    await wait(ms, undefined, { signal: this.#wake.signal }).catch(() => undefined);
  }

  async #write(task: Task, recording: Recording): Promise<void> {
    this.#bytes -= task.delivery.event.dataText.length;
    if (recording.attempt === undefined) this.#bounced = true;
    else if (recording.dueAt !== null) this.#nextKnownDue = Math.min(this.#nextKnownDue, recording.dueAt);
    if (this.#isFull && this.#room() > this.#parts.limits.maxInMemory / 2) {
      this.#isFull = false;
      this.wake();
    }
    try {
      const isOurs = await this.#recorder.add(task, recording);
      if (isOurs && recording.status !== 'pending') {
        const { event } = task.delivery;
        const latencyMs = recording.at - event.acceptedAt;
        this.#parts.meter.finished(recording.status, recording.reason, latencyMs);
        this.#parts.activity.finished(event.appId, recording.status, latencyMs);
      }
    } catch (error) {
      this.#unwritten(error);
    }
  }

  readonly #unwritten = (error: unknown): void => {
    // Only at shutdown with the database away: the lease ends and the delivery is made again.
    this.#parts.log.warn({ err: error }, 'a result could not be written; it will be sent again');
  };

  /** The lease ended while the task waited in memory (the process was suspended): others have it now. */
  #forget(task: Task): void {
    this.#bytes -= task.delivery.event.dataText.length;
    this.#holds.remove(task.hold);
  }

  async stop(): Promise<void> {
    if (this.#mode !== 'running') return;
    this.#mode = 'draining';
    this.wake();
    await this.#loop;
    await this.#dispatcher.stop(drainMs);
    await this.#recorder.drain(5_000);
    this.#holds.stop();
    await this.#holds.releaseAll();
    await this.#parts.health.stop();
    this.#mode = 'stopped';
  }
}
