import type { DeliveryQueue, Recording } from '../domain/ports/delivery-queue.ts';
import type { HandOver } from '../domain/ports/eager-dispatch.ts';
import type { ActivityRecorder, Meter, Tracer } from '../domain/ports/telemetry.ts';
import type { Clock, Log } from '../domain/ports/runtime.ts';
import type { Sender } from '../domain/ports/sending.ts';
import type { WebhookDirectory } from '../domain/ports/webhook-store.ts';
import type { RetryPolicy } from '../domain/retry-policy.ts';
import type { Webhook } from '../domain/webhook.ts';
import { ClaimLoop } from './scheduling/claim-loop.ts';
import { Dispatcher, type DispatcherLimits } from './scheduling/dispatcher.ts';
import { createHandOver } from './scheduling/eager-dispatch.ts';
import type { HealthTracker } from './attempt/health-tracker.ts';
import { Holds } from './scheduling/lease-keeper.ts';
import { Intake } from './scheduling/intake.ts';
import { createAttempt, type AttemptLimits, type DisableWebhook } from './attempt/run-attempt.ts';
import { MemoryBudget, type MemoryLimits } from './scheduling/memory-budget.ts';
import { paceOf, type PreparedWebhook } from './request/request-factory.ts';
import { Recorder } from './scheduling/result-writer.ts';
import { createSettlement } from './scheduling/completion.ts';
import type { Task } from './scheduling/task.ts';

export interface EngineLimits extends DispatcherLimits, MemoryLimits, AttemptLimits {}

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
 *                +--> intake --> dispatcher --> attempt --> settlement --> recorder
 *   claim loop --+                    |                        ^
 *                                     +------- set aside ------+
 *
 * and the settlement tells the claim loop that there is room again, or when a retry is due.
 */
export class DeliveryEngine {
  /** For what this process accepts. */
  readonly handOver: HandOver;
  readonly #health: HealthTracker;
  readonly #holds: Holds;
  readonly #recorder: Recorder;
  readonly #dispatcher: Dispatcher;
  readonly #intake: Intake;
  readonly #loop: ClaimLoop;
  #mode: 'stopped' | 'running' | 'draining' = 'stopped';

  constructor(parts: EngineParts) {
    const { queue, directory, prepare, health, clock, log, meter, activity, limits, owner } = parts;
    // What the parts made first ask of those made last, they ask when the engine runs.
    const settle = (task: Task, recording: Recording): void => void settlement.settle(task, recording);
    const holds = new Holds(queue, clock, log);
    const recorder = new Recorder({ queue, meter, log, released: (hold) => holds.remove(hold) });
    const dispatcher = new Dispatcher({
      directory,
      clock,
      limits,
      pace: (webhook) => paceOf(webhook, prepare),
      attempt: createAttempt({ ...parts, settle }),
      setAside: settle,
      dropped: (task) => settlement.forget(task),
      opened: (lane) => void health.recall(lane),
      freed: () => loop.wake(),
    });
    const memory = new MemoryBudget(limits, dispatcher);
    const decided = (recording: Recording): void => loop.observe(recording);
    const settlement = createSettlement({ memory, recorder, holds, meter, activity, log, decided });
    const intake = new Intake({ holds, memory, dispatcher, settlement });
    const { random } = parts.retryPolicy;
    const loop = new ClaimLoop({ queue, intake, memory, dispatcher, clock, log, meter, random, owner });
    this.handOver = createHandOver({ intake, memory, dispatcher, clock, owner });
    this.#health = health;
    this.#holds = holds;
    this.#recorder = recorder;
    this.#dispatcher = dispatcher;
    this.#intake = intake;
    this.#loop = loop;
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
    this.#intake.open();
    this.#holds.start();
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
    await this.#recorder.drain(writeWithinMs);
    this.#holds.stop();
    await this.#holds.releaseAll();
    await this.#health.stop();
    this.#mode = 'stopped';
  }
}
