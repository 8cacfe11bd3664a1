import type { DeliveryQueue } from '../domain/ports/delivery-queue.ts';
import type { EagerDispatch } from '../domain/ports/eager-dispatch.ts';
import type { ActivityRecorder, Meter, Tracer } from '../domain/ports/telemetry.ts';
import type { Clock, Log } from '../domain/ports/runtime.ts';
import type { EndpointTurns, Sender } from '../domain/ports/sending.ts';
import type { WebhookCache } from '../domain/ports/webhook-store.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import type { Webhook } from '../domain/webhook.ts';
import type { HealthTracker } from './attempt/health-tracker.ts';
import { createRunAttempt, type AttemptLimits, type DisableWebhook } from './attempt/run-attempt.ts';
import { getLimits } from './request/limits.ts';
import type { RequestFactory } from './request/request-factory.ts';
import { ClaimLoop } from './scheduling/claim-loop.ts';
import { createDeliveryCompletion } from './scheduling/completion.ts';
import { Dispatcher, type DispatcherLimits } from './scheduling/dispatcher.ts';
import { createEagerDispatch } from './scheduling/eager-dispatch.ts';
import { Intake } from './scheduling/intake.ts';
import { LeaseKeeper } from './scheduling/lease-keeper.ts';
import { MemoryBudget, type MemoryLimits } from './scheduling/memory-budget.ts';
import { ResultWriter } from './scheduling/result-writer.ts';
import { WorkSignal } from './scheduling/work-signal.ts';

interface EngineLimits extends DispatcherLimits, MemoryLimits, AttemptLimits {}

export interface EngineDeps {
  readonly queue: DeliveryQueue;
  readonly webhookCache: WebhookCache;
  readonly sender: Sender;
  readonly getRequestFactory: (webhook: Webhook) => RequestFactory;
  readonly health: HealthTracker;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly activity: ActivityRecorder;
  /** Undefined when tracing is off. */
  readonly tracer: Tracer | undefined;
  readonly retryPolicy: RetryPolicy;
  readonly limits: EngineLimits;
  /** First part of every lease token. Unique per start of a process. */
  readonly owner: string;
  readonly disable: DisableWebhook;
  /** The epoch in which this process owns the partition of a webhook. */
  readonly getEpoch: (webhookId: string) => number;
}

/** How long shutdown waits for requests in flight: the default delivery timeout. */
const drainTimeoutMs = 10_000;

/** How long shutdown waits for results to be written. The leases of the others expire. */
const writeTimeoutMs = 5_000;

/**
 * The delivery engine: dispatches accepted events, claims due work, sends requests and stores results.
 *
 *   stopped  --start--> running
 *   running  --stop-->  draining   graceful shutdown: takes no more work, ends requests, writes results
 *   draining --done, or timed out--> stopped   the leases still held are released
 *
 * The path of a delivery:
 *
 *   eager dispatch --+
 *                    +--> intake --> dispatcher --> attempt --> completion --> result writer
 *   claim loop ------+                   |                         ^
 *                                        +-------- deferred -------+
 *
 * Two objects connect the ends of the path. The memory budget counts the deliveries between intake and
 * completion. The work signal wakes the claim loop when there is room again and when a retry is due.
 */
export class DeliveryEngine implements EndpointTurns {
  /** Dispatches the events that this process accepts. */
  readonly eagerDispatch: EagerDispatch;
  readonly #health: HealthTracker;
  readonly #workSignal = new WorkSignal();
  readonly #leases: LeaseKeeper;
  readonly #resultWriter: ResultWriter;
  readonly #dispatcher: Dispatcher;
  readonly #intake: Intake;
  readonly #claimLoop: ClaimLoop;
  #mode: 'stopped' | 'running' | 'draining' = 'stopped';

  constructor(deps: EngineDeps) {
    const { queue, getRequestFactory, health, clock, log, meter, limits, owner } = deps;
    const { random } = deps.retryPolicy;
    const workSignal = this.#workSignal;
    const memory = new MemoryBudget(limits, workSignal);
    const leases = new LeaseKeeper(queue, clock, log);
    const resultWriter = new ResultWriter({ queue, leases, meter, log });
    const completion = createDeliveryCompletion({ ...deps, memory, workSignal, leases, resultWriter });
    const dispatcher = new Dispatcher({
      ...deps,
      memory,
      workSignal,
      completion,
      runAttempt: createRunAttempt({ ...deps, completion }),
      getLimits: (webhook) => getLimits(webhook, getRequestFactory),
    });
    const intake = new Intake({ leases, memory, dispatcher, completion });
    const parts = { intake, memory, dispatcher, workSignal };
    this.#claimLoop = new ClaimLoop({ ...parts, queue, clock, log, meter, random, owner });
    this.eagerDispatch = createEagerDispatch({ intake, memory, dispatcher, clock, owner });
    this.#health = health;
    this.#leases = leases;
    this.#resultWriter = resultWriter;
    this.#dispatcher = dispatcher;
    this.#intake = intake;
  }

  get stats() {
    return {
      inFlight: this.#dispatcher.inFlight,
      queued: this.#dispatcher.queued,
      leases: this.#leases.size,
      unwrittenResults: this.#resultWriter.size,
      endpointQueues: this.#dispatcher.countQueuesByMode(),
    };
  }

  /** Takes a turn of an endpoint for a request outside the queue; see `EndpointTurns`. */
  takeTurn(webhook: Webhook): ReturnType<EndpointTurns['takeTurn']> {
    return this.#dispatcher.takeTurn(webhook);
  }

  start(): void {
    if (this.#mode !== 'stopped') return;
    this.#mode = 'running';
    this.#intake.start();
    this.#leases.start();
    this.#health.start();
    this.#claimLoop.start();
  }

  /** Wakes the claim loop: there may be due work in the database. */
  wake(): void {
    this.#workSignal.raise();
  }

  /** Graceful shutdown. Resolves once requests have ended, results are written and leases are released. */
  async stop(): Promise<void> {
    if (this.#mode !== 'running') return;
    this.#mode = 'draining';
    this.#intake.stop();
    await this.#claimLoop.stop();
    await this.#dispatcher.stop(drainTimeoutMs);
    await this.#resultWriter.drain(writeTimeoutMs);
    this.#leases.stop();
    await this.#leases.releaseAll();
    await this.#health.stop();
    this.#mode = 'stopped';
  }
}
