import { Counter, type Registry } from 'prom-client';
import { addGauge } from './add-gauge.ts';

/** The state of live subscriptions, read on each scrape. */
export interface SubscriptionGauges {
  readonly subscriptions: number;
  readonly lagMs: number;
  readonly catchUpsRunning: number;
  readonly catchUpsWaiting: number;
}

const rejectionReasons = ['key_limit', 'account_limit', 'process_limit', 'opening_rate'] as const;

/** Metrics of live subscriptions. */
export class SubscriptionMetrics {
  readonly #registry: Registry;
  readonly #slow: Counter;
  readonly #rejected: Counter<'reason'>;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#slow = new Counter({
      name: 'tocsin_subscriptions_slow_total',
      help: 'Times that a subscriber read too slowly for the shared stream and had to catch up.',
      registers: [registry],
    });
    this.#rejected = new Counter({
      name: 'tocsin_subscriptions_rejected_total',
      help: 'Live subscriptions that were rejected, by the limit that they exceeded.',
      labelNames: ['reason'],
      registers: [registry],
    });
    for (const reason of rejectionReasons) this.#rejected.inc({ reason }, 0);
  }

  watch(read: () => SubscriptionGauges): void {
    const gauge = (name: string, help: string, select: (state: SubscriptionGauges) => number) =>
      addGauge(this.#registry, name, help, () => select(read()));
    gauge('tocsin_subscriptions', 'Open live subscriptions.', ({ subscriptions }) => subscriptions);
    gauge(
      'tocsin_subscriptions_lag_seconds',
      'How far the shared stream of live events is behind; 0 without subscriptions.',
      ({ lagMs }) => lagMs / 1000,
    );
    gauge(
      'tocsin_subscriptions_catching_up',
      'Live subscriptions that read old events, or wait for their turn to.',
      ({ catchUpsRunning, catchUpsWaiting }) => catchUpsRunning + catchUpsWaiting,
    );
  }

  countSlow(): void {
    this.#slow.inc();
  }

  countRejected(reason: (typeof rejectionReasons)[number]): void {
    this.#rejected.inc({ reason });
  }
}
