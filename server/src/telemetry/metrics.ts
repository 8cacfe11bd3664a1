import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { attemptReason } from '@tocsin/shared';
import type { QueueState } from '../domain/ports/delivery-store.ts';
import type { Meter } from '../domain/ports/telemetry.ts';
import type { Clock } from '../domain/ports/runtime.ts';

/** What the engine tells at scrape time. */
export interface EngineGauges {
  readonly inFlight: number;
  readonly queued: number;
  readonly held: number;
  readonly recording: number;
  /** Webhooks of which something is in memory, by what may be sent to them. */
  readonly endpointQueues: Readonly<Record<'active' | 'paused' | 'probing', number>>;
}

/** Seconds; from a fast receiver on the same machine to the delivery deadline. */
const attemptBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds from acceptance to the end; retries reach into days. */
const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3_600, 86_400];
/** Seconds; from a quiet database on the same machine to the limit of a call. */
const acceptBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** How long a scrape waits for the database: below the 10 s that Prometheus waits for the scrape. */
const queueWithinMs = 3_000;

const engineGauges = {
  in_flight: ['inFlight', 'Requests to receivers under way.'],
  queued: ['queued', 'Deliveries that wait in memory.'],
  held: ['held', 'Claims that the process holds.'],
  recording: ['recording', 'Results that are not written yet.'],
} as const;

/** Prometheus metrics, all beginning with `tocsin_`. Labels are closed sets: never an id, a host or a customer. */
export class Metrics implements Meter {
  readonly registry = new Registry();
  readonly #accepted: Counter;
  readonly #acceptSeconds: Histogram;
  readonly #attempts: Counter<'result'>;
  readonly #attemptSeconds: Histogram;
  readonly #finished: Counter<'status' | 'reason'>;
  readonly #latency: Histogram;
  readonly #fenced: Counter;
  readonly #auditedEvents: Counter;
  readonly #unexplained: Counter;
  readonly #batches: Histogram<'kind'>;
  /** The labels of the happy path, looked up once instead of for each delivery. */
  readonly #delivered: { readonly attempt: Counter.Internal; readonly finished: Counter.Internal };

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry, prefix: 'tocsin_' });
    // Sums of the gauges beside them, under the name of a counter.
    for (const kind of ['handles', 'requests', 'resources']) {
      this.registry.removeSingleMetric(`tocsin_nodejs_active_${kind}_total`);
    }
    this.#accepted = new Counter({
      name: 'tocsin_events_accepted_total',
      help: 'Events made durable.',
      registers,
    });
    this.#acceptSeconds = new Histogram({
      name: 'tocsin_accept_duration_seconds',
      help: 'How long the database took to make a batch of events durable: what publishers wait for.',
      buckets: acceptBuckets,
      registers,
    });
    this.#attempts = new Counter({
      name: 'tocsin_attempts_total',
      help: 'Requests to receivers, by what came of them.',
      labelNames: ['result'],
      registers,
    });
    // From the start, so that the first of a kind is seen as growth by who asks for it.
    for (const result of attemptReason.options) this.#attempts.inc({ result }, 0);
    this.#attemptSeconds = new Histogram({
      name: 'tocsin_attempt_duration_seconds',
      help: 'How long requests to receivers took.',
      buckets: attemptBuckets,
      registers,
    });
    this.#auditedEvents = new Counter({
      name: 'tocsin_audit_events_total',
      help: 'Events that the conservation check looked at: a minute out of ten.',
      registers,
    });
    this.#unexplained = new Counter({
      name: 'tocsin_audit_unexplained_total',
      help: 'What it found: deliveries that are lost or that nobody will make. 0 when all is well.',
      registers,
    });
    this.#finished = new Counter({
      name: 'tocsin_deliveries_total',
      help: 'Deliveries that ended, by status and reason.',
      labelNames: ['status', 'reason'],
      registers,
    });
    this.#latency = new Histogram({
      name: 'tocsin_delivery_latency_seconds',
      help: 'From acceptance to delivery.',
      buckets: latencyBuckets,
      registers,
    });
    this.#fenced = new Counter({
      name: 'tocsin_deliveries_fenced_total',
      help: 'Results not written because another process held the delivery: possible duplicates.',
      registers,
    });
    this.#batches = new Histogram({
      name: 'tocsin_commit_batch_size',
      help: 'Items in one write or claim.',
      labelNames: ['kind'],
      buckets: batchBuckets,
      registers,
    });
    this.#delivered = {
      attempt: this.#attempts.labels({ result: 'delivered' }),
      finished: this.#finished.labels({ status: 'delivered', reason: '' }),
    };
  }

  /** What a sample of the conservation check found. */
  audited({ events, unexplained }: { readonly events: number; readonly unexplained: number }): void {
    this.#auditedEvents.inc(events);
    this.#unexplained.inc(unexplained);
  }

  setHeld(isHeld: boolean): void {
    const help = '1 while the process accepts and sends nothing (DELIVERY_HOLD).';
    new Gauge({ name: 'tocsin_delivery_held', help, registers: [this.registry] }).set(isHeld ? 1 : 0);
  }

  watchEngine(read: () => EngineGauges): void {
    const registers = [this.registry];
    for (const [name, [field, help]] of Object.entries(engineGauges)) {
      new Gauge({
        name: `tocsin_engine_${name}`,
        help,
        registers,
        collect() {
          this.set(read()[field]);
        },
      });
    }
    new Gauge({
      name: 'tocsin_endpoint_queues',
      help: 'Endpoint queues in the memory of this process, by the state of their circuit breaker.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const [state, count] of Object.entries(read().endpointQueues)) this.set({ state }, count);
      },
    });
  }

  /** The backlog in the database, read once for each scrape. While the database is away the last figures stay. */
  watchQueue(read: () => Promise<QueueState>, clock: Clock): void {
    let reading: Promise<QueueState | undefined> | undefined;
    const state = () =>
      (reading ??= inTime(read()).finally(() => {
        reading = undefined;
      }));
    const gauge = (name: string, help: string, valueOf: (state: QueueState) => number) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        async collect() {
          const known = await state();
          if (known !== undefined) this.set(valueOf(known));
        },
      });
    gauge(
      'tocsin_queue_pending',
      'Deliveries owed: due, waiting for a retry, or being sent.',
      ({ pending }) => pending,
    );
    gauge('tocsin_queue_due', 'Deliveries that are due and not being sent.', ({ dueNow }) => dueNow);
    gauge(
      'tocsin_queue_oldest_due_seconds',
      'How long the oldest due delivery has waited; 0 when none is due.',
      ({ oldestDueAt }) => (oldestDueAt === null ? 0 : Math.max(0, clock.now() - oldestDueAt) / 1000),
    );
    new Gauge({
      name: 'tocsin_database_up',
      help: 'Whether the database told the backlog for this scrape: 1, else 0.',
      registers: [this.registry],
      async collect() {
        this.set((await state()) === undefined ? 0 : 1);
      },
    });
  }

  accepted(count: number, durationMs: number): void {
    this.#accepted.inc(count);
    this.#acceptSeconds.observe(durationMs / 1000);
  }

  attempt(reason: string | null, durationMs: number): void {
    if (reason === null) this.#delivered.attempt.inc();
    else this.#attempts.inc({ result: reason });
    this.#attemptSeconds.observe(durationMs / 1000);
  }

  finished(status: string, reason: string | null, sinceAcceptedMs: number): void {
    if (status === 'delivered') this.#delivered.finished.inc();
    else this.#finished.inc({ status, reason: reason ?? '' });
    if (status === 'delivered') this.#latency.observe(Math.max(0, sinceAcceptedMs) / 1000);
  }

  fenced(count: number): void {
    this.#fenced.inc(count);
  }

  batch(kind: string, size: number): void {
    this.#batches.observe({ kind }, size);
  }
}

async function inTime(answer: Promise<QueueState>): Promise<QueueState | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), queueWithinMs);
  });
  const state = await Promise.race([answer.catch(() => undefined), late]);
  clearTimeout(timer);
  return state;
}
