import { Counter, type Registry } from 'prom-client';
import { addGauge } from './add-gauge.ts';

/** The state of the pull feed, read on each scrape. */
export interface FeedGauges {
  readonly waiting: number;
  /** Undefined if this process does not write the log. */
  readonly lagMs: number | undefined;
}

/** Metrics of the pull feed. */
export class FeedMetrics {
  readonly #registry: Registry;
  readonly #events: Counter;
  readonly #rejected: Counter;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#events = new Counter({
      name: 'tocsin_feed_events_total',
      help: 'Events that reads of the feed returned.',
      registers: [registry],
    });
    this.#rejected = new Counter({
      name: 'tocsin_feed_rejected_total',
      help: 'Reads of the feed that were rejected, because too many were waiting for events.',
      registers: [registry],
    });
  }

  watch(read: () => FeedGauges): void {
    const gauge = (name: string, help: string, select: (state: FeedGauges) => number) =>
      addGauge(this.#registry, name, help, () => select(read()));
    gauge('tocsin_feed_waiting', 'Reads of the feed that wait for events.', ({ waiting }) => waiting);
    gauge(
      'tocsin_feed_log_lag_seconds',
      'How far the log of the feed is behind, in the process that writes it; 0 in others.',
      ({ lagMs }) => (lagMs ?? 0) / 1000,
    );
  }

  countEvents(count: number): void {
    this.#events.inc(count);
  }

  countRejected(): void {
    this.#rejected.inc();
  }
}
