import type { AnyCatalog } from '@tocsin/shared';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { InvalidRequestLimits } from '../delivery/limits/invalid-requests.ts';
import type { DispatcherLimits } from '../delivery/scheduling/dispatcher.ts';
import type { MemoryLimits } from '../delivery/scheduling/memory-budget.ts';
import type { AccountLimits } from '../domain/account-limits.ts';
import type { PullerLimits } from '../delivery/scheduling/puller.ts';
import type { SweeperLimits } from '../delivery/scheduling/sweeper.ts';
import type { Tracer } from '../domain/ports/tracing.ts';
import type { Clock } from '../domain/ports/runtime.ts';

/** Settings of the application. The process reads the environment; no part of the application does. */
export interface AppOptions
  extends
    Pick<
      Config,
      | 'ROLE'
      | 'RETRY_SCHEDULE'
      | 'DELIVERY_TIMEOUT_MS'
      | 'DISABLE_AFTER'
      | 'MAX_WEBHOOKS_PER_APP'
      | 'MAX_APPS_PER_ACCOUNT'
      | 'MAX_WEBHOOKS_PER_ACCOUNT'
      | 'MAX_KEYS_PER_ACCOUNT'
      | 'MAX_REPLAYS_PER_ACCOUNT'
      | 'MAX_CHANGES_PER_HOUR'
      | 'MAX_CHANGES_PER_DAY'
      | 'MAX_CALLS_PER_SECOND'
      | 'MAX_EVENTS_PER_SECOND'
      | 'METRICS_PUBLIC'
      | 'RETENTION_DAYS'
      | 'ALLOWED_TARGETS'
      | 'ALLOWED_PORTS'
      | 'PUBLIC_HOSTS'
      | 'DNS_SERVERS'
      | 'MAX_CONNECTIONS'
      | 'MAX_CONNECTIONS_PER_ADDRESS'
    >,
    Partial<
      Pick<
        Config,
        | 'ENCRYPTION_KEY_PREVIOUS'
        | 'AUDIT_RETENTION_DAYS'
        | 'oidc'
        | 'METRICS_TOKEN'
        | 'OUTBOUND_PROXY'
        | 'OUTBOUND_PROXY_EXCEPT'
        | 'TRUST_PROXY'
        | 'DELIVERY_HOLD'
        | 'OPERATIONAL_APP'
        | 'ACCOUNT_ALERTS'
        | 'SMTP_URL'
        | 'SMTP_FROM'
        | 'SMTP_TLS'
        | 'SEND_TRACEPARENT'
        | 'INSTANCE'
        | 'isProduction'
      >
    > {
  readonly mongodbUri: string;
  /**
   * Event types that all accounts have, besides the built-in ones.
   * @default none
   */
  readonly catalog?: Pick<AnyCatalog, 'definitions'> | undefined;
  readonly rootToken: string;
  readonly encryptionKey: Buffer;
  readonly allowPrivateTargets: boolean;
  /**
   * Serves the demo receiver at `/demo`.
   * @default false
   */
  readonly isDemoOpen?: boolean;
  readonly log: Logger;
  /** @default tracing is off */
  readonly tracer?: Tracer | undefined;
  /** Replaces the database's clock in tests. */
  readonly clock?: Clock;
  /** How often endpoints are watched, ms. Replaced in tests. */
  readonly monitorEveryMs?: number;
  /** Replaces some of the engine's limits in tests. */
  readonly engineLimits?: Partial<EngineLimits> & { readonly invalidRequests?: InvalidRequestLimits };
}

/** Default of AUDIT_RETENTION_DAYS, as in config.ts. */
export const defaultAuditRetentionDays = 400;

const dayMs = 24 * 60 * 60 * 1000;

/** How long events and finished deliveries are kept. */
export function toRetentionMs({ RETENTION_DAYS }: Pick<AppOptions, 'RETENTION_DAYS'>): number {
  return RETENTION_DAYS * dayMs;
}

/** The limits of accounts for which the operator set none. */
export function toDefaultLimits(options: PlatformOptions): AccountLimits {
  return {
    apps: options.MAX_APPS_PER_ACCOUNT,
    webhooks: options.MAX_WEBHOOKS_PER_ACCOUNT,
    keys: options.MAX_KEYS_PER_ACCOUNT,
    replays: options.MAX_REPLAYS_PER_ACCOUNT,
    changesPerHour: options.MAX_CHANGES_PER_HOUR,
    changesPerDay: options.MAX_CHANGES_PER_DAY,
    callsPerSecond: options.MAX_CALLS_PER_SECOND,
    eventsPerSecond: options.MAX_EVENTS_PER_SECOND,
  };
}

/** Settings of the parts that the server and the test kit share. */
export type PlatformOptions = Omit<
  AppOptions,
  'mongodbUri' | 'log' | 'clock' | 'isDemoOpen' | 'allowPrivateTargets' | 'engineLimits'
> & {
  readonly invalidRequests?: InvalidRequestLimits | undefined;
};

export interface EngineLimits extends DispatcherLimits, MemoryLimits {
  /** Waiting deliveries whose due times are kept in memory. */
  readonly maxScheduled: number;
  readonly sweeper?: Partial<SweeperLimits>;
  readonly puller?: Partial<PullerLimits>;
}

/** Limits of one process. */
export const engineLimits: EngineLimits = {
  /** Concurrent requests to one webhook, so that a receiver is not flooded. */
  maxInFlight: 32,
  /** Concurrent requests to a webhook that was not sent to before. */
  initialInFlight: 4,
  /**
   * Concurrent requests to all webhooks. One account may use half of them. A request that waits costs a socket
   * and little memory. Reduced where file descriptors are few (`toSendingLimits`).
   */
  maxInFlightTotal: 2_048,
  /** Requests among them that only endpoints with fast answers may have in flight. */
  placesForFast: 512,
  /** As many as endpoints whose health is kept in memory. */
  maxIdleQueues: 20_000,
  /**
   * Deliveries in memory. Others stay in the database. One account may use half of them and one webhook a
   * third, so that a burst needs no claims: a claimed delivery costs twice as much (bench/README.md).
   */
  maxScheduled: 200_000,
  maxInMemory: 100_000,
  /** Bytes of event data in memory, for publishers of large events. */
  maxBytes: 64 * 1024 * 1024,
};

/** Times of the leases of processes. */
export const ownershipLimits = {
  /** How long the partitions of a process stay with it after its last heartbeat. */
  leaseMs: 10_000,
  heartbeatMs: 2_500,
} as const;
