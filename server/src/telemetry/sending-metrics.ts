import { Counter, type Registry } from 'prom-client';
import type { SendingMeter, UnsentCause } from '../domain/ports/telemetry.ts';

const unsentCauses = [
  'no_connection',
  'no_descriptors',
  'no_local_address',
  'proxy_failed',
  'shutting_down',
] as const satisfies readonly UnsentCause[];

/** Metrics of the sender. */
export class SendingMetrics implements SendingMeter {
  readonly #unsent: Counter<'cause'>;

  constructor(registry: Registry) {
    this.#unsent = new Counter({
      name: 'tocsin_requests_unsent_total',
      help: 'Due requests that this process could not send, by cause. They are no failures of receivers.',
      labelNames: ['cause'],
      registers: [registry],
    });
    for (const cause of unsentCauses) this.#unsent.inc({ cause }, 0);
  }

  countUnsent(cause: UnsentCause): void {
    this.#unsent.inc({ cause });
  }
}
