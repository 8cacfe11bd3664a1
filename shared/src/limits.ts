import * as z from 'zod';
import { accountId } from './ids.ts';

/**
 * Limits of an account.
 *
 * - `apps`: apps
 * - `webhooks`: webhooks of all its apps together
 * - `keys`: API keys that are neither revoked nor expired
 * - `replays`: running replays
 * - `changesPerHour`, `changesPerDay`: successful calls that change something, per hour and per day in UTC
 * - `callsPerSecond`: calls, except publishing
 * - `eventsPerSecond`: published events
 */
export const limitName = z.enum([
  'apps',
  'webhooks',
  'keys',
  'replays',
  'changesPerHour',
  'changesPerDay',
  'callsPerSecond',
  'eventsPerSecond',
]);
export type LimitName = z.output<typeof limitName>;

/** Numbers above it would make the count of a limit expensive. */
const maxLimit = 100_000;

/**
 * A limit that the operator sets for one account: a number from 0 to 100,000, or `unlimited`. Null restores
 * the default of the installation.
 */
const limitOverride = z.union([z.int().min(0).max(maxLimit), z.literal('unlimited'), z.null()]);

/** Input of `accounts.setLimits`. Only the given limits change. */
export const setLimitsInput = z.strictObject({
  accountId,
  limits: z
    .partialRecord(limitName, limitOverride)
    .refine((limits) => Object.keys(limits).length > 0, 'must name at least one limit'),
});
export type SetLimitsInput = z.output<typeof setLimitsInput>;

/** Input of `accounts.usage`. */
export const accountUsageInput = z
  .strictObject({
    /**
     * The account. Only the operator may name another account.
     * @default the caller's account; the default account for the operator
     */
    accountId: accountId.optional(),
  })
  .prefault({});
export type AccountUsageInput = z.output<typeof accountUsageInput>;

/** One limit of an account and how much of it is used. */
export const limitUsage = z.object({
  name: limitName,
  /** Null if the account has no such limit. */
  limit: z.int().nullable(),
  /** The default of the installation for this account. Differs from `limit` if the operator changed it. */
  defaultLimit: z.int().nullable(),
  /**
   * How much is in use. Of a rate: calls or events of the burst that are used up and not yet refilled. Of
   * `changesPerHour` and `changesPerDay`: the changes of this hour or day.
   */
  used: z.int(),
  /** Calls or events that are allowed at once. Null unless the limit is a rate with a limit. */
  burst: z.int().nullable(),
  /** When `used` becomes 0 by itself. Null for what only a deletion or the end of a job frees. */
  resetsAt: z.iso.datetime().nullable(),
});
export type LimitUsage = z.output<typeof limitUsage>;

/** Result of `accounts.usage` and `accounts.setLimits`. */
export const accountUsage = z.object({ accountId, limits: z.array(limitUsage) });
export type AccountUsage = z.output<typeof accountUsage>;
