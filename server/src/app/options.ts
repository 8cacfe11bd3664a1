import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Tracer } from '../domain/ports/telemetry.ts';
import type { Clock } from '../domain/ports/runtime.ts';

/** Everything that the process must have decided before: no part below reads the environment. */
export interface AppOptions
  extends
    Pick<
      Config,
      | 'ROLE'
      | 'RETRY_SCHEDULE'
      | 'DELIVERY_TIMEOUT_MS'
      | 'DISABLE_AFTER'
      | 'MAX_WEBHOOKS_PER_APP'
      | 'METRICS_PUBLIC'
      | 'RETENTION_DAYS'
      | 'ALLOWED_TARGETS'
      | 'ALLOWED_PORTS'
      | 'PUBLIC_HOSTS'
    >,
    Partial<
      Pick<
        Config,
        'ENCRYPTION_KEY_PREVIOUS' | 'AUDIT_RETENTION_DAYS' | 'TRUST_PROXY' | 'DELIVERY_HOLD' | 'isProduction'
      >
    > {
  readonly mongodbUri: string;
  readonly rootToken: string;
  readonly encryptionKey: Buffer;
  readonly allowPrivateTargets: boolean;
  readonly log: Logger;
  /** @default nobody traces */
  readonly tracer?: Tracer | undefined;
  /** Overrides the database's clock; tests move it by hand. */
  readonly clock?: Clock;
}

/** What one process takes on. */
export const engineLimits = {
  /** In flight to one webhook: its share, so that a hanging one cannot take them all. */
  maxInFlight: 32,
  /** In flight over all webhooks: 16 of them at their full cap, and far below any descriptor limit. */
  maxInFlightTotal: 512,
  /**
   * Deliveries in memory: what is more waits in the database. One webhook can have half of them, some seconds
   * of work at the speed of a busy one, so that a burst needs no claim: what is claimed costs twice as much
   * (bench/README.md, 2026-11-26).
   */
  maxInMemory: 100_000,
  /** Bytes of event data in memory, for those who send large events. */
  maxBytes: 64 * 1024 * 1024,
} as const;
