import type { AnyCatalog } from '@tocsin/shared';
import { engineLimits, type EngineLimits, type PlatformOptions } from '../../../src/app/options.ts';
import { parseDuration } from '../../../src/duration.ts';
import { defaultRetrySchedule } from '../../../src/domain/retry-policy.ts';
import type { ServerSettings } from '../server-settings.ts';
import { toMs } from '../time/duration.ts';

/** No limit of an account applies: virtual time stands still, so every call would be in the same second. */
const noLimit = 1_000_000_000;

const dayMs = 24 * 60 * 60 * 1000;

export function toPlatformOptions(
  settings: ServerSettings,
  secrets: { readonly rootToken: string; readonly encryptionKey: Buffer },
  catalog: Pick<AnyCatalog, 'definitions'> | undefined,
): PlatformOptions {
  const { retrySchedule, deliveryTimeout = '10s', disableAfter = '5d' } = settings;
  return {
    ...secrets,
    catalog,
    ROLE: 'all',
    RETRY_SCHEDULE:
      retrySchedule === undefined
        ? defaultRetrySchedule.split(',').map((text) => parseDuration(text) ?? 0)
        : retrySchedule.map((delay, index) => toMs(`retrySchedule[${index}]`, delay)),
    DELIVERY_TIMEOUT_MS: toMs('deliveryTimeout', deliveryTimeout),
    DISABLE_AFTER: toMs('disableAfter', disableAfter),
    MAX_WEBHOOKS_PER_APP: 1_000,
    MAX_APPS_PER_ACCOUNT: noLimit,
    MAX_WEBHOOKS_PER_ACCOUNT: noLimit,
    MAX_KEYS_PER_ACCOUNT: noLimit,
    MAX_REPLAYS_PER_ACCOUNT: noLimit,
    MAX_CHANGES_PER_HOUR: noLimit,
    MAX_CHANGES_PER_DAY: noLimit,
    MAX_CALLS_PER_SECOND: noLimit,
    MAX_EVENTS_PER_SECOND: noLimit,
    METRICS_PUBLIC: false,
    RETENTION_DAYS: 30,
    ALLOWED_TARGETS: '',
    ALLOWED_PORTS: [443],
    PUBLIC_HOSTS: [],
    DNS_SERVERS: [],
    MAX_CONNECTIONS: noLimit,
    MAX_CONNECTIONS_PER_ADDRESS: noLimit,
  };
}

/** Nothing polls: the kit wakes the engine when something is due, so days take no time. */
export const kitEngineLimits: EngineLimits = {
  ...engineLimits,
  puller: { maxWaitMs: Number.POSITIVE_INFINITY },
  sweeper: { sweepEveryMs: dayMs },
};
