import type { DeliveryQueue, DeliveryResult } from '../domain/ports/delivery-queue.ts';
import type { EagerDispatch } from '../domain/ports/eager-dispatch.ts';
import type { ActivityRecorder, Meter, Tracer } from '../domain/ports/telemetry.ts';
import type { Clock, Log } from '../domain/ports/runtime.ts';
import type { Sender } from '../domain/ports/sending.ts';
import type { WebhookCache } from '../domain/ports/webhook-store.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import type { Webhook } from '../domain/webhook.ts';
import { ClaimLoop } from './scheduling/claim-loop.ts';
import { Dispatcher, type DispatcherLimits } from './scheduling/dispatcher.ts';
import { createEagerDispatch } from './scheduling/eager-dispatch.ts';
import type { HealthTracker } from './attempt/health-tracker.ts';
import { LeaseKeeper } from './scheduling/lease-keeper.ts';
import { Intake } from './scheduling/intake.ts';
import { createAttempt, type AttemptLimits, type DisableWebhook } from './attempt/run-attempt.ts';
import { MemoryBudget, type MemoryLimits } from './scheduling/memory-budget.ts';
import { getLimits } from './request/limits.ts';
import type { RequestFactory } from './request/request-factory.ts';
import { ResultWriter } from './scheduling/result-writer.ts';
import { createDeliveryCompletion } from './scheduling/completion.ts';
import type { Task } from './scheduling/task.ts';

interface EngineLimits extends DispatcherLimits, MemoryLimits, AttemptLimits {}

export interface EngineDeps {
  readonly queue: DeliveryQueue;
  readonly webhookCache: WebhookCache;
  readonly sender: Sender;
  readonly prepare: (webhook: Webhook) => RequestFactory;
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

/** Requests in flight get this long to end when the process stops: the delivery timeout's default. */
const drainMs = 10_000;

/** What is not written by then is left to the end of its lease. */
const writeWithinMs = 5_000;

/**
 * The engine: takes what was just accepted, claims what is due, sends, records.
 *
 *   stopped  --start-->  running
 *   running  --stop-->   draining   nothing is taken or claimed; what is in flight ends, results are written
 *   draining --all ended, or 10 s over--> stopped   claims still held are given back
 *
 * The way of a delivery through its parts:
 *
 *   hand-over  --+
 *                +--> intake --> dispatcher --> attempt --> completion --> result writer
 *   claim loop --+                    |                        ^
 *                                     +------- set aside ------+
 *
 * and the completion tells the claim loop that there is room again, or when a retry is due.
 */
export class DeliveryEngine {
  /** For what this process accepts. */
  readonly eagerDispatch: EagerDispatch;
  readonly #health: HealthTracker;
  readonly #leases: LeaseKeeper;
  readonly #resultWriter: ResultWriter;
  readonly #dispatcher: Dispatcher;
  readonly #intake: Intake;
  readonly #loop: ClaimLoop;
  #mode: 'stopped' | 'running' | 'draining' = 'stopped';

  constructor(deps: EngineDeps) {
    const { queue, webhookCache, prepare, health, clock, log, meter, activity, limits, owner } = deps;
    // What the parts made first ask of those made last, they ask when the engine runs.
    const complete = (task: Task, recording: DeliveryResult): void =>
      void completion.complete(task, recording);
    const leases = new LeaseKeeper(queue, clock, log);
    const resultWriter = new ResultWriter({ queue, meter, log, released: (lease) => leases.remove(lease) });
    const dispatcher = new Dispatcher({
      webhookCache,
      clock,
      limits,
      pace: (webhook) => getLimits(webhook, prepare),
      attempt: createAttempt({ ...deps, complete }),
      setAside: complete,
      dropped: (task) => completion.forget(task),
      opened: (endpointQueue) => void health.recall(endpointQueue),
      freed: () => loop.wake(),
    });
    const memory = new MemoryBudget(limits, dispatcher);
    const decided = (recording: DeliveryResult): void => loop.observe(recording);
    const completion = createDeliveryCompletion({
      memory,
      resultWriter,
      leases,
      meter,
      activity,
      log,
      decided,
    });
    const intake = new Intake({ leases, memory, dispatcher, completion });
    const { random } = deps.retryPolicy;
    const loop = new ClaimLoop({ queue, intake, memory, dispatcher, clock, log, meter, random, owner });
    this.eagerDispatch = createEagerDispatch({ intake, memory, dispatcher, clock, owner });
    this.#health = health;
    this.#leases = leases;
    this.#resultWriter = resultWriter;
    this.#dispatcher = dispatcher;
    this.#intake = intake;
    this.#loop = loop;
  }

  get stats() {
    return {
      inFlight: this.#dispatcher.inFlight,
      queued: this.#dispatcher.queued,
      held: this.#leases.size,
      recording: this.#resultWriter.waiting,
      endpointQueues: this.#dispatcher.queueCounts(),
    };
  }

  start(): void {
    if (this.#mode !== 'stopped') return;
    this.#mode = 'running';
    this.#intake.open();
    this.#leases.start();
    this.#health.start();
    this.#loop.start();
  }

  /** There may be work in the database. */
  wake(): void {
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    if (this.#mode !== 'running') return;
    this.#mode = 'draining';
    this.#intake.close();
    await this.#loop.stop();
    await this.#dispatcher.stop(drainMs);
    await this.#resultWriter.drain(writeWithinMs);
    this.#leases.stop();
    await this.#leases.releaseAll();
    await this.#health.stop();
    this.#mode = 'stopped';
  }
}
