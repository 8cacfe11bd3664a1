import type { Actor } from '../../domain/access.ts';
import { TocsinError } from '../../domain/errors.ts';
import type { ChangeCountStore } from '../../domain/ports/limit-stores.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import { dayMs, hourMs, startOf } from '../../domain/windows.ts';
import type { GetAccountLimits } from './account-limits.ts';

export interface ChangeLimiterDeps {
  readonly changes: ChangeCountStore;
  readonly getLimits: GetAccountLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes the change back, because the call failed. Never rejects. */
export type TakeBack = () => Promise<void>;

/**
 * Limits the changes of an account per hour and per day. Each change adds an entry to the audit log and often
 * a document that stays, so the limit bounds what loops of creating and deleting leave behind.
 */
export function createChangeLimiter({ changes, getLimits, clock, log }: ChangeLimiterDeps) {
  return {
    /**
     * Counts a change before it is made. The root token is not limited.
     *
     * @throws RATE_LIMITED with the seconds until the hour or the day ends
     */
    async take(actor: Actor): Promise<TakeBack> {
      if (actor.kind === 'root') return () => Promise.resolve();
      const { accountId } = actor;
      const { changesPerHour: hour, changesPerDay: day } = await getLimits(accountId);
      const at = clock.now();
      const counted = await changes.add(accountId, { hour, day }, at);
      if (!counted.isCounted) {
        const isDayFull = day !== null && counted.day >= day;
        throw isDayFull ? tooMany(day, 'day', dayMs, at) : tooMany(hour ?? 0, 'hour', hourMs, at);
      }
      return async () => {
        try {
          await changes.remove(accountId, at);
        } catch (error) {
          log.warn({ err: error, accountId }, 'could not take back a change that failed; it counts until reset');
        }
      };
    },
  };
}

export type ChangeLimiter = ReturnType<typeof createChangeLimiter>;

function tooMany(limit: number, window: 'hour' | 'day', windowMs: number, at: number): TocsinError {
  const retryAfterSeconds = Math.max(1, Math.ceil((startOf(at, windowMs) + windowMs - at) / 1000));
  return new TocsinError(
    'RATE_LIMITED',
    `this account already made the ${limit} changes that it may make in one ${window}; ` +
      `retry in ${retryAfterSeconds} s, or ask the operator for a higher limit`,
    { retryAfterSeconds },
  );
}
