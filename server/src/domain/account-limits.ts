import type { LimitName } from '@tocsin/shared';

/** The limits of an account. Null: no limit. */
export type AccountLimits = Readonly<Record<LimitName, number | null>>;

/** Limits that the operator set for one account. A missing one has the default of the installation. */
export type LimitOverrides = Readonly<Partial<Record<LimitName, number | 'unlimited'>>>;

/** What an account can only have so many of at a time. */
export type CountedLimit = 'apps' | 'webhooks' | 'keys' | 'replays';

/** A token bucket. */
export interface RateLimit {
  /** The counted unit, for the error message. */
  readonly counts: 'calls' | 'events';
  /** Maximum at once. */
  readonly burst: number;
  /** Sustained rate per second. */
  readonly perSecond: number;
}

/** The account of the operator, for apps and keys that the root token creates without naming an account. */
export const defaultAccountId = 'acc_default';

/** Those of the operator's own account, unless the operator sets some. */
export const noLimits: AccountLimits = {
  apps: null,
  webhooks: null,
  keys: null,
  replays: null,
  changesPerHour: null,
  changesPerDay: null,
  callsPerSecond: null,
  eventsPerSecond: null,
};

/** Returns the limits of an account without overrides. */
export function getDefaultLimits(accountId: string, defaults: AccountLimits): AccountLimits {
  return accountId === defaultAccountId ? noLimits : defaults;
}

/** Returns the limits of an account with its overrides. */
export function applyOverrides(defaults: AccountLimits, overrides: LimitOverrides): AccountLimits {
  const set = Object.entries(overrides).map(([name, value]) => [name, value === 'unlimited' ? null : value]);
  // `as`: Object.entries loses the names.
  return { ...defaults, ...(Object.fromEntries(set) as Partial<AccountLimits>) };
}

/**
 * The rate of one key: AuthForge's contract publishes a burst of 100 calls and 50 per second. For events it
 * only stops a runaway loop from using up the capacity.
 */
export const keyRates = {
  calls: { counts: 'calls', burst: 100, perSecond: 50 },
  events: { counts: 'events', burst: 60_000, perSecond: 30_000 },
} as const satisfies Record<RateLimit['counts'], RateLimit>;

/** Events that `events.publishMany` accepts in one call: a smaller burst would reject such a call forever. */
const minEventBurst = 500;

/**
 * Returns the rate that all keys of an account share. Its burst of calls is larger than that of a key, so
 * that a key that uses up its own leaves some to the other keys. Undefined: no limit.
 */
export function toAccountRate(counts: RateLimit['counts'], limits: AccountLimits): RateLimit | undefined {
  const perSecond = counts === 'calls' ? limits.callsPerSecond : limits.eventsPerSecond;
  if (perSecond === null) return undefined;
  const burst = counts === 'calls' ? perSecond * 3 : Math.max(perSecond * 2, minEventBurst);
  return { counts, perSecond, burst };
}
