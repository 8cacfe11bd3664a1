import { RateLimiter } from '../services/authorization/rate-limiter.ts';
import { CachedAccountLimits } from '../services/limits/account-limits.ts';
import { createChangeLimiter } from '../services/limits/change-limiter.ts';
import { createQuotas } from '../services/limits/quotas.ts';
import type { Foundation } from './foundation.ts';
import { toDefaultLimits } from './options.ts';

/** Creates what limits calls, events, changes and objects of accounts. */
export function createLimits({ options, stores, clock, log }: Foundation) {
  const accountLimits = new CachedAccountLimits({
    accounts: stores.accounts,
    defaults: toDefaultLimits(options),
  });
  const getLimits = accountLimits.get;
  const rates = { budgets: stores.budgets, clock, getLimits };
  return {
    accountLimits,
    quotas: createQuotas(getLimits),
    limits: {
      management: new RateLimiter({ ...rates, counts: 'calls' }),
      publish: new RateLimiter({ ...rates, counts: 'events' }),
      changes: createChangeLimiter({ changes: stores.changes, getLimits, clock, log }),
    },
  };
}

export type Limits = ReturnType<typeof createLimits>;
