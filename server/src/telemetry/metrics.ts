import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock, Meter, QueueState } from '../domain/ports.ts';

/** What the engine tells at scrape time. */
export interface EngineGauges {
  readonly inFlight: number;
  readonly queued: number;
  readonly held: number;
  readonly recording: number;
}

/** Seconds; from a fast receiver on the same machine to the delivery deadline. */
const attemptBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds from acceptance to the end; retries reach into days. */
const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3_600, 86_400];
const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** Prometheus metrics, all beginning with `tocsin_`. Labels are closed sets: never an id, a host or a customer. */
export class Metrics implements Meter {
  readonly registry = new Registry();
  readonly #accepted: Counter;
  readonly #attempts: Counter<'result'>;
  readonly #attemptSeconds: Histogram;
  readonly #finished: Counter<'status' | 'reason'>;
  readonly #latency: Histogram;
  readonly #fenced: Counter;
  readonly #batches: Histogram<'kind'>;
  /** The labels of the happy path, looked up once instead of for each delivery. */
  readonly #delivered: { readonly attempt: Counter.Internal; readonly finished: Counter.Internal };

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry, prefix: 'tocsin_' });
    this.#accepted = new Counter({
      name: 'tocsin_events_accepted_total',
      help: 'Events made durable.',
      registers,
    });
    this.#attempts = new Counter({
      name: 'tocsin_attempts_total',
      help: 'Requests to receivers, by what came of them.',
      labelNames: ['result'],
      registers,
    });
    this.#attemptSeconds = new Histogram({
      name: 'tocsin_attempt_duration_seconds',
      help: 'How long requests to receivers took.',
      buckets: attemptBuckets,
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

  setHeld(isHeld: boolean): void {
    const help = '1 while the process accepts and sends nothing (DELIVERY_HOLD).';
    new Gauge({ name: 'tocsin_delivery_held', help, registers: [this.registry] }).set(isHeld ? 1 : 0);
  }

  watchEngine(read: () => EngineGauges): void {
    const registers = [this.registry];
    for (const name of ['inFlight', 'queued', 'held', 'recording'] as const) {
      new Gauge({
        name: `tocsin_engine_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
        help: `Deliveries in this process: ${name}.`,
        registers,
        collect() {
          this.set(read()[name]);
        },
      });
    }
  }

  /** The backlog in the database, read at each scrape. A scrape while the database is away keeps the last figures. */
  watchQueue(read: () => Promise<QueueState>, clock: Clock): void {
    const registers = [this.registry];
    const due = new Gauge({
      name: 'tocsin_queue_due',
      help: 'Deliveries that are due and not being sent.',
      registers,
    });
    const age = new Gauge({
      name: 'tocsin_queue_oldest_due_seconds',
      help: 'How long the oldest due delivery has waited; 0 when none is due.',
      registers,
    });
    new Gauge({
      name: 'tocsin_queue_pending',
      help: 'Deliveries owed: due, waiting for a retry, or being sent.',
      registers,
      async collect() {
        const state = await read().catch(() => undefined);
        if (state === undefined) return;
        this.set(state.pending);
        due.set(state.dueNow);
        age.set(state.oldestDueAt === null ? 0 : Math.max(0, clock.now() - state.oldestDueAt) / 1000);
      },
    });
  }

  accepted(count: number): void {
    this.#accepted.inc(count);
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
