import {
  limitName,
  type AuditChange,
  type AccountUsage,
  type AccountUsageInput,
  type LimitName,
  type LimitUsage,
  type SetLimitsInput,
} from '@tocsin/shared';
import { canAccessAccount, getAppLimit, type Account, type Actor } from '../../domain/access.ts';
import {
  defaultAccountId,
  toAccountRate,
  type AccountLimits,
  type RateLimit,
} from '../../domain/account-limits.ts';
import { apiError } from '../../domain/errors.ts';
import type { AccountStore } from '../../domain/ports/access-stores.ts';
import type {
  AccountCountStore,
  ChangeCountStore,
  RateBudgetStore,
} from '../../domain/ports/limit-stores.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import { dayMs, hourMs, startOf } from '../../domain/windows.ts';
import type { AuditService } from '../audit/audit-log.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toBudgetId } from '../authorization/rate-limiter.ts';
import { toIsoOrNull } from '../common/iso-time.ts';
import type { CachedAccountLimits } from './account-limits.ts';

export interface AccountUsageDeps {
  readonly accounts: AccountStore;
  readonly counts: AccountCountStore;
  readonly changes: ChangeCountStore;
  readonly budgets: RateBudgetStore;
  readonly accountLimits: CachedAccountLimits;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly clock: Clock;
}

/** How much of one limit is used. `resetsAt` is epoch ms. */
interface Use {
  readonly used: number;
  readonly resetsAt: number | null;
}

/** Shows the limits of accounts and how much of them is used, and lets the operator change them. */
export function createAccountUsage(deps: AccountUsageDeps) {
  const { accounts, accountLimits, access, audit } = deps;

  async function getUsage(accountId: string): Promise<AccountUsage> {
    const limits = await accountLimits.read(accountId);
    const defaults = accountLimits.getDefaults(accountId);
    const uses = await readUses(deps, accountId, limits);
    const toLimitUsage = (name: LimitName): LimitUsage => ({
      name,
      limit: limits[name],
      defaultLimit: defaults[name],
      used: uses[name].used,
      burst: getRate(name, limits)?.burst ?? null,
      resetsAt: toIsoOrNull(uses[name].resetsAt),
    });
    return { accountId, limits: limitName.options.map(toLimitUsage) };
  }

  return {
    /** Any key of the whole account may see the usage of its account; root that of every account. */
    async get(actor: Actor, input: AccountUsageInput): Promise<AccountUsage> {
      const appId = getAppLimit(actor);
      if (appId !== undefined) {
        throw apiError(
          'FORBIDDEN',
          `this credential is bound to the app ${appId} and cannot see its account`,
        );
      }
      const accountId = input.accountId ?? (actor.kind === 'root' ? defaultAccountId : actor.accountId);
      if (!canAccessAccount(actor, accountId)) {
        throw apiError('FORBIDDEN', `account ${accountId} is not yours`);
      }
      await requireAccount(accounts, accountId);
      return await getUsage(accountId);
    },

    /** Changes limits of an account. Other processes apply them within seconds. */
    async setLimits(actor: Actor, { accountId, limits }: SetLimitsInput): Promise<AccountUsage> {
      access.requireScope(actor, 'operator');
      const account = await requireAccount(accounts, accountId);
      await accounts.setLimits(accountId, limits);
      const changes = listLimitChanges(account.limits, limits);
      await audit.record(actor, {
        action: 'account.limits_changed',
        accountId,
        targetId: accountId,
        targetName: account.name,
        details: { changed: changes.map(({ field }) => field) },
        changes,
      });
      return await getUsage(accountId);
    },
  };
}

export type AccountUsageService = ReturnType<typeof createAccountUsage>;

async function requireAccount(accounts: AccountStore, accountId: string): Promise<Account> {
  const account = await accounts.get(accountId);
  if (account === undefined) throw apiError('NOT_FOUND', `no account ${accountId}`);
  return account;
}

/** Null is the default of the installation. */
function listLimitChanges(before: Account['limits'], given: SetLimitsInput['limits']): AuditChange[] {
  return limitName.options.flatMap((field) => {
    const [from, to] = [before?.[field] ?? null, given[field]];
    return to === undefined || to === from ? [] : [{ field, before: from, after: to }];
  });
}

async function readUses(
  { counts, changes, budgets, clock }: AccountUsageDeps,
  accountId: string,
  limits: AccountLimits,
): Promise<Record<LimitName, Use>> {
  const now = clock.now();
  const readRate = async (name: 'callsPerSecond' | 'eventsPerSecond'): Promise<Use> => {
    const rate = getRate(name, limits);
    if (rate === undefined) return { used: 0, resetsAt: null };
    return toRateUse(rate, await budgets.read(toBudgetId(rate.counts, accountId), rate, now), now);
  };
  const [counted, changed, callsPerSecond, eventsPerSecond] = await Promise.all([
    counts.count(accountId, now),
    changes.read(accountId, now),
    readRate('callsPerSecond'),
    readRate('eventsPerSecond'),
  ]);
  const toUse = (used: number): Use => ({ used, resetsAt: null });
  return {
    apps: toUse(counted.apps),
    webhooks: toUse(counted.webhooks),
    keys: toUse(counted.keys),
    replays: toUse(counted.replays),
    changesPerHour: { used: changed.hour, resetsAt: startOf(now, hourMs) + hourMs },
    changesPerDay: { used: changed.day, resetsAt: startOf(now, dayMs) + dayMs },
    callsPerSecond,
    eventsPerSecond,
  };
}

function getRate(name: LimitName, limits: AccountLimits): RateLimit | undefined {
  if (name === 'callsPerSecond') return toAccountRate('calls', limits);
  return name === 'eventsPerSecond' ? toAccountRate('events', limits) : undefined;
}

function toRateUse({ burst, perSecond }: RateLimit, tokens: number | undefined, now: number): Use {
  const used = Math.ceil(burst - (tokens ?? burst));
  const isRefilled = used <= 0 || perSecond === 0;
  return {
    used: Math.max(0, used),
    resetsAt: isRefilled ? null : now + Math.ceil((used / perSecond) * 1000),
  };
}
