import type { ErrorCode } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { CountedLimit } from '../../domain/account-limits.ts';
import { apiError } from '../../domain/errors.ts';
import type { GetAccountLimits } from './account-limits.ts';

/** Inserts unless the account already has `limit` of its kind. Undefined: no limit. */
type InsertWithin<T> = (limit: number | undefined) => Promise<T | 'account_limit_reached'>;

export interface Quotas {
  /**
   * Inserts what a limit of the account counts. Only the store can check the limit, so that it is exact if
   * calls race. The root token is not limited, but what it creates counts.
   *
   * @throws QUOTA_EXCEEDED or WEBHOOK_LIMIT_REACHED
   */
  insert<T>(actor: Actor, accountId: string, name: CountedLimit, insert: InsertWithin<T>): Promise<T>;
}

export function createQuotas(getLimits: GetAccountLimits): Quotas {
  return {
    async insert(actor, accountId, name, insert) {
      const limit = actor.kind === 'root' ? null : (await getLimits(accountId))[name];
      const result = await insert(limit ?? undefined);
      if (result !== 'account_limit_reached') return result;
      const { code, noun, advice } = words[name];
      throw apiError(
        code,
        `account ${accountId} already has its ${limit} ${noun}; ${advice}, or ask the operator for a higher limit`,
      );
    },
  };
}

/** Both contracts fix the error for too many webhooks. */
const words = {
  apps: { code: 'QUOTA_EXCEEDED', noun: 'apps', advice: 'delete an app' },
  webhooks: { code: 'WEBHOOK_LIMIT_REACHED', noun: 'webhooks', advice: 'delete a webhook' },
  keys: { code: 'QUOTA_EXCEEDED', noun: 'API keys', advice: 'revoke a key' },
  replays: { code: 'QUOTA_EXCEEDED', noun: 'running replays', advice: 'wait for one to end or cancel it' },
} as const satisfies Record<
  CountedLimit,
  { readonly code: ErrorCode; readonly noun: string; readonly advice: string }
>;
