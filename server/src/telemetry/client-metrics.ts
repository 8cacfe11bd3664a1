import { Counter, type Registry } from 'prom-client';
import type { ClientMeter } from '../domain/ports/telemetry.ts';

/** `tocsin-client/1.2.3 node/24.0.0`. Pre-releases count as the version that they precede. */
const format = /^tocsin-client\/(\d{1,4}\.\d{1,4}\.\d{1,4})(?:-[\w.]{1,32})?(?: |$)/;

/** Versions that the metric tells apart. Callers choose the text of the header, so the number has a bound. */
const maxVersions = 20;

export interface ClientMetricsOptions {
  /** Called for the first call of each version. */
  readonly onVersion: (version: string) => void;
}

/** Counts calls by the version of the client that makes them. */
export class ClientMetrics implements ClientMeter {
  readonly #calls: Counter<'client' | 'version'>;
  readonly #onVersion: (version: string) => void;
  /** The counters by version, looked up once instead of per call. */
  readonly #byVersion = new Map<string, Counter.Internal>();
  readonly #ofOthers: Counter.Internal;

  constructor(registry: Registry, { onVersion }: ClientMetricsOptions) {
    this.#calls = new Counter({
      name: 'tocsin_client_calls_total',
      help: 'Authenticated calls over tRPC, by client and its version.',
      labelNames: ['client', 'version'],
      registers: [registry],
    });
    this.#ofOthers = this.#calls.labels({ client: 'other', version: '' });
    this.#ofOthers.inc(0);
    this.#onVersion = onVersion;
  }

  countCall(userAgent: string | undefined): void {
    const version = userAgent === undefined ? undefined : format.exec(userAgent)?.[1];
    (version === undefined ? this.#ofOthers : this.#getCounter(version)).inc();
  }

  #getCounter(version: string): Counter.Internal {
    const known = this.#byVersion.get(version);
    if (known !== undefined) return known;
    const isRoom = this.#byVersion.size < maxVersions;
    const counter = this.#calls.labels({ client: 'tocsin-client', version: isRoom ? version : 'more' });
    if (!isRoom) return counter;
    this.#byVersion.set(version, counter);
    this.#onVersion(version);
    return counter;
  }
}
