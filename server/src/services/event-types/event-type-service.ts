import type {
  EventTypeDetail,
  EventTypeListItem,
  ListEventTypesInput,
  Page,
  RegisterEventTypesInput,
  RegisteredEventTypes,
} from '@tocsin/shared';
import { defaultAccountId } from '../../domain/account-limits.ts';
import { canAccessAccount, getAccountLimit, getAppLimit, hasScope, type Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { IdempotentCalls } from '../idempotency/idempotent-calls.ts';
import { listPage, toCommonDetail, toRegisteredDetail } from './event-type-views.ts';
import { createRegister, type RegisterDeps } from './register.ts';

export interface EventTypeServiceDeps extends RegisterDeps {
  readonly access: AccessControl;
  readonly calls: Pick<IdempotentCalls, 'run'>;
}

/** Registers event types by JSON Schema, and shows those that an account has. */
export function createEventTypeService(deps: EventTypeServiceDeps) {
  const { common, store, audit, access, calls, onChanged } = deps;
  const register = createRegister(deps);
  return {
    /** A call that is continued after a crash registers the same types again, which changes nothing. */
    async register(
      actor: Actor,
      { idempotencyKey, ...input }: RegisterEventTypesInput,
    ): Promise<RegisteredEventTypes> {
      const accountId = requireOwner(access, actor, input.accountId);
      return await calls.run({
        actor,
        operation: 'eventTypes.register',
        key: idempotencyKey,
        input,
        accountId,
        appId: null,
        reserve: () => ({}),
        getTargetId: () => null,
        work: async (_reserved, { entryId }) => await register(actor, accountId, input.eventTypes, entryId),
      });
    },

    /** Lists the types that an account can use, by name. Needs `events:read` or `events:publish`. */
    async list(actor: Actor, input: ListEventTypesInput): Promise<Page<EventTypeListItem>> {
      const accountId = requireReader(access, actor, input.accountId);
      return await listPage({ common, store }, accountId, input);
    },

    async get(actor: Actor, type: string, account: string | undefined): Promise<EventTypeDetail> {
      const accountId = requireReader(access, actor, account);
      const found = common.find(({ name }) => name === type);
      if (found !== undefined) return toCommonDetail(found);
      const [registered] = await store.find(accountId, type);
      if (registered === undefined) throw apiError('NOT_FOUND', `no event type ${type}`);
      return toRegisteredDetail(registered);
    },

    /** Deletes a registered type with all versions. Events that were accepted are still delivered. */
    async delete(
      actor: Actor,
      type: string,
      account: string | null | undefined,
    ): Promise<{ type: string; deleted: true }> {
      const accountId = requireOwner(access, actor, account);
      if (common.some(({ name }) => name === type)) {
        throw apiError(
          'FORBIDDEN',
          `event type ${type} is part of the server's catalog and cannot be deleted`,
        );
      }
      if (!(await store.delete(accountId, type))) throw apiError('NOT_FOUND', `no event type ${type}`);
      onChanged(accountId);
      await audit.record(actor, {
        action: 'event_type.deleted',
        accountId,
        targetId: null,
        details: { type },
      });
      return { type, deleted: true };
    },
  };
}

export type EventTypeService = ReturnType<typeof createEventTypeService>;

/** The account whose types a call changes. Null: those of all accounts, which only the operator changes. */
function requireOwner(
  access: AccessControl,
  actor: Actor,
  account: string | null | undefined,
): string | null {
  access.requireScope(actor, 'catalog:write');
  const appId = getAppLimit(actor);
  if (appId !== undefined) {
    throw apiError('FORBIDDEN', `this API key is bound to the app ${appId} and cannot change event types`);
  }
  const own = getAccountLimit(actor);
  if (account === null) {
    if (own !== undefined)
      throw apiError('FORBIDDEN', 'only the operator changes event types of all accounts');
    return null;
  }
  if (account !== undefined && !canAccessAccount(actor, account)) {
    throw apiError('FORBIDDEN', `account ${account} is not yours`);
  }
  return account ?? own ?? defaultAccountId;
}

function requireReader(access: AccessControl, actor: Actor, account: string | undefined): string {
  if (!hasScope(actor, 'events:publish')) access.requireScope(actor, 'events:read');
  if (account !== undefined && !canAccessAccount(actor, account)) {
    throw apiError('FORBIDDEN', `account ${account} is not yours`);
  }
  return account ?? getAccountLimit(actor) ?? defaultAccountId;
}
