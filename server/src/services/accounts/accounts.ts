import type { AccountView, CountedPage, CreateAccountInput, ListAccountsInput } from '@tocsin/shared';
import type { Account, Actor } from '../../domain/access.ts';
import { defaultAccountId } from '../../domain/account-limits.ts';
import type { AccountStore } from '../../domain/ports/access-stores.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { toAgePageRequest, toCountedPage, toTerms } from '../common/counted-page.ts';
import { toIso } from '../common/iso-time.ts';
import type { IdempotentCalls } from '../idempotency/idempotent-calls.ts';

export interface AccountServiceDeps {
  readonly accounts: AccountStore;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly calls: Pick<IdempotentCalls, 'run'>;
  readonly ids: Ids;
  readonly clock: Clock;
}

export function createAccountService({ accounts, access, audit, calls, ids, clock }: AccountServiceDeps) {
  return {
    async create(actor: Actor, { idempotencyKey, ...input }: CreateAccountInput): Promise<AccountView> {
      access.requireScope(actor, 'operator');
      return await calls.run({
        actor,
        operation: 'accounts.create',
        key: idempotencyKey,
        input,
        accountId: null,
        appId: null,
        reserve: () => ({ id: ids.account() }),
        getTargetId: ({ id }) => id,
        work: async ({ id }, { at, entryId, isContinued }) => {
          const account = { id, name: input.name, createdAt: at };
          if (!isContinued || (await accounts.get(id)) === undefined) await accounts.insert(account);
          await audit.record(actor, {
            action: 'account.created',
            accountId: id,
            targetId: id,
            targetName: account.name,
            entryId,
          });
          return toAccountView(account);
        },
      });
    },
    async list(actor: Actor, input: ListAccountsInput): Promise<CountedPage<AccountView>> {
      access.requireScope(actor, 'operator');
      const filter = { ids: input.ids, terms: toTerms(input.search) };
      return toCountedPage(await accounts.list(filter, toAgePageRequest(input)), toAccountView);
    },
    /** Creates the default account on the first start. Safe when two processes start at the same time. */
    async ensureDefault(): Promise<void> {
      if ((await accounts.get(defaultAccountId)) !== undefined) return;
      await accounts
        .insert({ id: defaultAccountId, name: 'Default', createdAt: clock.now() })
        .catch(async (error: unknown) => {
          if ((await accounts.get(defaultAccountId)) === undefined) throw error;
        });
    },
  };
}

export type AccountService = ReturnType<typeof createAccountService>;

function toAccountView({ id, name, createdAt }: Account): AccountView {
  return { id, name, createdAt: toIso(createdAt) };
}
