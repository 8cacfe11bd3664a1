import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { attemptReason } from '@tocsin/shared';
import type { QueueState } from '../domain/ports/delivery-store.ts';
import type {
  ConnectionCloseCause,
  ConnectionMeter,
  Meter,
  RefusalReason,
} from '../domain/ports/telemetry.ts';
import type { Clock } from '../domain/ports/runtime.ts';

/** The state of the engine, read on each scrape. */
export interface EngineGauges {
  readonly inFlight: number;
  readonly queued: number;
  readonly held: number;
  readonly unwrittenResults: number;
  /** Endpoint queues in memory, by mode. */
  readonly endpointQueues: Readonly<Record<'active' | 'paused' | 'probing', number>>;
}

/** Seconds, from a fast receiver on the same machine to the delivery timeout. */
const attemptBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds from acceptance to delivery. Retries take days. */
const latencyBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 300, 3_600, 86_400];
/** Seconds, from an idle database on the same machine to the timeout of a call. */
const acceptBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** How long a scrape waits for the database: less than the scrape timeout of Prometheus. */
const queueTimeoutMs = 3_000;

const engineGauges = {
  in_flight: ['inFlight', 'Requests to receivers in flight.'],
  queued: ['queued', 'Deliveries queued in memory.'],
  held: ['held', 'Deliveries in memory, until their result is stored.'],
  recording: ['unwrittenResults', 'Results not written yet.'],
} as const;

const connectionCloseCauses = [
  'limit',
  'slow_request',
  'slow_response',
  'invalid',
  'refused',
  'idle',
  'aborted',
] as const satisfies readonly ConnectionCloseCause[];

const refusalReasons = ['queue_full', 'too_slow', 'stalled'] as const satisfies readonly RefusalReason[];

/**
 * Prometheus metrics with the prefix `tocsin_`. Label values are closed sets: never an id, a host or a
 * customer.
 */
export class Metrics implements Meter, ConnectionMeter {
  readonly registry = new Registry();
  readonly #accepted: Counter;
  readonly #refused: Counter<'reason'>;
  readonly #acceptSeconds: Histogram;
  readonly #attempts: Counter<'result'>;
  readonly #attemptSeconds: Histogram;
  readonly #finished: Counter<'status' | 'reason'>;
  readonly #latency: Histogram;
  readonly #fenced: Counter;
  readonly #reconciledEvents: Counter;
  readonly #discrepancies: Counter;
  readonly #batches: Histogram<'kind'>;
  readonly #closedConnections: Counter<'cause'>;
  /** The label sets of the happy path, looked up once instead of per delivery. */
  readonly #delivered: { readonly attempt: Counter.Internal; readonly finished: Counter.Internal };

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry, prefix: 'tocsin_' });
    // Gauges with the name of a counter. They only sum up other default metrics.
    for (const kind of ['handles', 'requests', 'resources']) {
      this.registry.removeSingleMetric(`tocsin_nodejs_active_${kind}_total`);
    }
    this.#accepted = new Counter({
      name: 'tocsin_events_accepted_total',
      help: 'Accepted events.',
      registers,
    });
    this.#refused = createRefusedCounter(this.registry);
    this.#acceptSeconds = new Histogram({
      name: 'tocsin_accept_duration_seconds',
      help: 'Duration of one insert of events. Publishers wait for it.',
      buckets: acceptBuckets,
      registers,
    });
    this.#attempts = new Counter({
      name: 'tocsin_attempts_total',
      help: 'Requests to receivers, by result.',
      labelNames: ['result'],
      registers,
    });
    // Every label value starts at 0, so that `increase()` sees the first one.
    for (const result of attemptReason.options) this.#attempts.inc({ result }, 0);
    this.#attemptSeconds = new Histogram({
      name: 'tocsin_attempt_duration_seconds',
      help: 'Duration of requests to receivers.',
      buckets: attemptBuckets,
      registers,
    });
    this.#reconciledEvents = new Counter({
      name: 'tocsin_audit_events_total',
      help: 'Events checked by the reconciliation: one minute out of ten.',
      registers,
    });
    this.#discrepancies = new Counter({
      name: 'tocsin_audit_unexplained_total',
      help: 'Discrepancies found by the reconciliation: deliveries that are lost or stuck. Expected to be 0.',
      registers,
    });
    this.#finished = new Counter({
      name: 'tocsin_deliveries_total',
      help: 'Finished deliveries, by status and reason.',
      labelNames: ['status', 'reason'],
      registers,
    });
    this.#latency = new Histogram({
      name: 'tocsin_delivery_latency_seconds',
      help: 'Time from acceptance to delivery.',
      buckets: latencyBuckets,
      registers,
    });
    this.#fenced = new Counter({
      name: 'tocsin_deliveries_fenced_total',
      help: 'Results rejected because another process held the delivery: possible duplicates.',
      registers,
    });
    this.#batches = new Histogram({
      name: 'tocsin_commit_batch_size',
      help: 'Items in one write or claim.',
      labelNames: ['kind'],
      buckets: batchBuckets,
      registers,
    });
    this.#closedConnections = new Counter({
      name: 'tocsin_connections_closed_total',
      help: 'Connections of callers that the server closed or that broke, by cause.',
      labelNames: ['cause'],
      registers,
    });
    for (const cause of connectionCloseCauses) this.#closedConnections.inc({ cause }, 0);
    this.#delivered = {
      attempt: this.#attempts.labels({ result: 'delivered' }),
      finished: this.#finished.labels({ status: 'delivered', reason: '' }),
    };
  }

  /** Counts the findings of one run of the reconciliation. */
  countReconciled({ events, unexplained }: { readonly events: number; readonly unexplained: number }): void {
    this.#reconciledEvents.inc(events);
    this.#discrepancies.inc(unexplained);
  }

  setHeld(isHeld: boolean): void {
    const help = '1 while the process accepts events and sends none (DELIVERY_HOLD).';
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
      help: 'Endpoint queues in memory: active, paused after failures, or probing.',
      labelNames: ['state'],
      registers,
      collect() {
        for (const [state, count] of Object.entries(read().endpointQueues)) this.set({ state }, count);
      },
    });
  }

  watchPartitions(read: () => number): void {
    new Gauge({
      name: 'tocsin_partitions_owned',
      help: 'Partitions that this process owns. It sends to the webhooks in them.',
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Reads the backlog once per scrape. While the database is unavailable, the last values stay. */
  watchQueue(read: () => Promise<QueueState>, clock: Clock): void {
    let reading: Promise<QueueState | undefined> | undefined;
    const state = () =>
      (reading ??= withTimeout(read()).finally(() => {
        reading = undefined;
      }));
    const gauge = (name: string, help: string, select: (state: QueueState) => number) =>
      new Gauge({
        name,
        help,
        registers: [this.registry],
        async collect() {
          const known = await state();
          if (known !== undefined) this.set(select(known));
        },
      });
    gauge(
      'tocsin_queue_pending',
      'Pending deliveries: due, waiting for a retry, or being sent.',
      ({ pending }) => pending,
    );
    gauge('tocsin_queue_due', 'Deliveries that are due and not being sent.', ({ dueNow }) => dueNow);
    gauge(
      'tocsin_queue_oldest_due_seconds',
      'Age of the oldest due delivery; 0 when none is due.',
      ({ oldestDueAt }) => (oldestDueAt === null ? 0 : Math.max(0, clock.now() - oldestDueAt) / 1000),
    );
    new Gauge({
      name: 'tocsin_database_up',
      help: '1 if the database returned the backlog for this scrape, else 0.',
      registers: [this.registry],
      async collect() {
        this.set((await state()) === undefined ? 0 : 1);
      },
    });
  }

  countAccepted(count: number, durationMs: number): void {
    this.#accepted.inc(count);
    this.#acceptSeconds.observe(durationMs / 1000);
  }

  countRefused(reason: RefusalReason): void {
    this.#refused.inc({ reason });
  }

  countAttempt(reason: string | null, durationMs: number): void {
    if (reason === null) this.#delivered.attempt.inc();
    else this.#attempts.inc({ result: reason });
    this.#attemptSeconds.observe(durationMs / 1000);
  }

  countFinished(status: string, reason: string | null, sinceAcceptedMs: number): void {
    if (status === 'delivered') this.#delivered.finished.inc();
    else this.#finished.inc({ status, reason: reason ?? '' });
    if (status === 'delivered') this.#latency.observe(Math.max(0, sinceAcceptedMs) / 1000);
  }

  countFenced(count: number): void {
    this.#fenced.inc(count);
  }

  countClosedConnection(cause: ConnectionCloseCause): void {
    this.#closedConnections.inc({ cause });
  }

  observeBatch(kind: string, size: number): void {
    this.#batches.observe({ kind }, size);
  }
}

function createRefusedCounter(registry: Registry): Counter<'reason'> {
  const refused = new Counter({
    name: 'tocsin_events_refused_total',
    help: 'Events refused without being stored, by reason. Publishers can publish them again.',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of refusalReasons) refused.inc({ reason }, 0);
  return refused;
}

/** Resolves to undefined if reading fails or takes longer than the timeout. */
async function withTimeout(reading: Promise<QueueState>): Promise<QueueState | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), queueTimeoutMs);
  });
  const state = await Promise.race([reading.catch(() => undefined), timeout]);
  clearTimeout(timer);
  return state;
}
