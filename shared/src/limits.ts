import * as z from 'zod';
import { accountId } from './ids.ts';

export const limitName = z
  .enum([
    'apps',
    'webhooks',
    'keys',
    'replays',
    'changesPerHour',
    'changesPerDay',
    'callsPerSecond',
    'eventsPerSecond',
  ])
  .describe(
    'Limits of an account.\n' +
      '- `apps`: apps\n' +
      '- `webhooks`: webhooks of all its apps together\n' +
      '- `keys`: API keys that are neither revoked nor expired\n' +
      '- `replays`: running replays\n' +
      '- `changesPerHour`, `changesPerDay`: successful calls that change something, per hour and ' +
      'per day in UTC\n' +
      '- `callsPerSecond`: calls, except publishing\n' +
      '- `eventsPerSecond`: published events',
  );
export type LimitName = z.output<typeof limitName>;

/** Numbers above it would make the count of a limit expensive. */
const maxLimit = 100_000;

/**
 * A limit that the operator sets for one account: a number from 0 to 100,000, or `unlimited`. Null restores
 * the default of the installation.
 */
const limitOverride = z.union([z.int().min(0).max(maxLimit), z.literal('unlimited'), z.null()]);

export const setLimitsInput = z
  .strictObject({
    accountId: accountId.describe('The account to change.'),
    limits: z
      .partialRecord(limitName, limitOverride)
      .refine((limits) => Object.keys(limits).length > 0, 'must name at least one limit')
      .describe(
        'The limits to change, by name: a number from 0 to 100,000, or `unlimited`. Null restores the ' +
          'default of the installation.',
      ),
  })
  .describe('Input of `accounts.setLimits`. Only the given limits change.');
export type SetLimitsInput = z.output<typeof setLimitsInput>;

export const accountUsageInput = z
  .strictObject({
    accountId: accountId
      .optional()
      .describe(
        "The account. Only the operator may name another account. Default: the caller's account; the " +
          'default account for the operator.',
      ),
  })
  .prefault({})
  .describe('Input of `accounts.usage`.');
export type AccountUsageInput = z.output<typeof accountUsageInput>;

export const limitUsage = z
  .object({
    name: limitName.describe('The limit.'),
    limit: z.int().nullable().describe('Value of the limit. Null if the account has no such limit.'),
    defaultLimit: z
      .int()
      .nullable()
      .describe(
        'The default of the installation for this account. Differs from `limit` if the operator ' +
          'changed it.',
      ),
    used: z
      .int()
      .describe(
        'How much is in use. Of a rate: calls or events of the burst that are used up and not yet ' +
          'refilled. Of `changesPerHour` and `changesPerDay`: the changes of this hour or day.',
      ),
    burst: z
      .int()
      .nullable()
      .describe('Calls or events that are allowed at once. Null unless the limit is a rate with a limit.'),
    resetsAt: z.iso
      .datetime()
      .nullable()
      .describe('When `used` becomes 0 by itself. Null for what only a deletion or the end of a job frees.'),
  })
  .describe('One limit of an account and how much of it is used.');
export type LimitUsage = z.output<typeof limitUsage>;

export const accountUsage = z
  .object({
    accountId: accountId.describe('The account.'),
    limits: z.array(limitUsage).describe('Each limit of the account.'),
  })
  .describe('Result of `accounts.usage` and `accounts.setLimits`.');
export type AccountUsage = z.output<typeof accountUsage>;
