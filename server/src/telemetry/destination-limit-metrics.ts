import { Counter, type Registry } from 'prom-client';
import type { DestinationLimitMeter, DestinationLimitScope } from '../domain/ports/telemetry.ts';

const scopes = ['address', 'account', 'route'] as const satisfies readonly DestinationLimitScope[];

/** Metrics of the limits of chat services. */
export class DestinationLimitMetrics implements DestinationLimitMeter {
  readonly #limits: Counter<'scope'>;

  constructor(registry: Registry) {
    this.#limits = new Counter({
      name: 'tocsin_destination_limits_total',
      help: 'Limits of chat services that this process has found in responses, by what they cover.',
      labelNames: ['scope'],
      registers: [registry],
    });
    for (const scope of scopes) this.#limits.inc({ scope }, 0);
  }

  countLimit(scope: DestinationLimitScope): void {
    this.#limits.inc({ scope });
  }
}
