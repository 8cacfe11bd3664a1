import { Counter, Histogram, type Registry } from 'prom-client';
import type { LookupMeter, LookupOutcome } from '../domain/ports/telemetry.ts';

const outcomes = [
  'cached',
  'answered',
  'not_found',
  'timeout',
  'server_failed',
  'limited',
] as const satisfies readonly LookupOutcome[];

/** Seconds, from a name server on the same network to the timeout of a lookup. */
const lookupBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3];

/** Metrics of lookups of receivers' names. */
export class LookupMetrics implements LookupMeter {
  readonly #lookups: Counter<'outcome'>;
  readonly #seconds: Histogram;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#lookups = new Counter({
      name: 'tocsin_dns_lookups_total',
      help: 'Lookups of host names of receivers, by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of outcomes) this.#lookups.inc({ outcome }, 0);
    this.#seconds = new Histogram({
      name: 'tocsin_dns_lookup_duration_seconds',
      help: 'Duration of lookups by name servers, without those that the cache answers.',
      buckets: lookupBuckets,
      registers,
    });
  }

  countLookup(outcome: LookupOutcome, durationMs: number): void {
    this.#lookups.inc({ outcome });
    if (outcome !== 'cached' && outcome !== 'limited') this.#seconds.observe(durationMs / 1000);
  }
}
