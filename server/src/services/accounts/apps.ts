import type {
  AppDeletionView,
  AppView,
  CountedPage,
  CreateAppInput,
  ListAppsInput,
  Page,
} from '@tocsin/shared';
import { defaultAccountId } from '../../domain/account-limits.ts';
import { canAccessAccount, getAccountLimit, getAppLimit, type Actor, type App } from '../../domain/access.ts';
import type { AppDeletion } from '../../domain/app-deletion.ts';
import { apiError, fieldError, TocsinError } from '../../domain/errors.ts';
import type { AccountStore, AppStore, InsertAppResult } from '../../domain/ports/access-stores.ts';
import type { AppDeletionStore } from '../../domain/ports/app-deletion-store.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { toAgePageRequest, toCountedPage, toTerms } from '../common/counted-page.ts';
import { mapPage, toIso, toIsoOrNull } from '../common/iso-time.ts';
import type { CallRun, IdempotentCalls } from '../idempotency/idempotent-calls.ts';
import type { Quotas } from '../limits/quotas.ts';

export interface AppServiceDeps {
  readonly apps: AppStore;
  readonly deletions: Pick<AppDeletionStore, 'start' | 'list'>;
  readonly accounts: AccountStore;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly quotas: Quotas;
  readonly calls: Pick<IdempotentCalls, 'run'>;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Called after an app was created or deleted. */
  readonly onChanged: (appId: string) => void;
}

/**
 * Deleted apps of an account whose erasure is running. Bounds the apps that every list of the account leaves
 * out.
 */
const maxErasing = 1_000;
const erasingRetryAfterSeconds = 60;

export function createAppService(deps: AppServiceDeps) {
  const { apps, deletions, access } = deps;
  return {
    create: createCreateApp(deps),

    async list(actor: Actor, input: ListAppsInput): Promise<CountedPage<AppView>> {
      access.requireScope(actor, 'webhooks:read');
      requireAccount(actor, input.accountId);
      const onlyApp = getAppLimit(actor);
      const filter = {
        accountId: input.accountId ?? getAccountLimit(actor),
        ids: onlyApp === undefined ? input.ids : (input.ids ?? [onlyApp]).filter((id) => id === onlyApp),
        terms: toTerms(input.search),
      };
      return toCountedPage(await apps.list(filter, toAgePageRequest(input)), toAppView);
    },

    async get(actor: Actor, id: string): Promise<AppView> {
      await access.requireApp(actor, id, 'webhooks:read');
      const app = await apps.get(id);
      if (app === undefined) throw apiError('FORBIDDEN', `app ${id} does not belong to your account`);
      return toAppView(app);
    },

    delete: createDeleteApp(deps),

    /** Lists the deletions of apps with the progress of their erasure, newest first. */
    async deletions(actor: Actor, page: PageRequest): Promise<Page<AppDeletionView>> {
      access.requireScope(actor, 'webhooks:read');
      if (getAppLimit(actor) !== undefined) return { items: [], nextCursor: null };
      return mapPage(await deletions.list({ accountId: getAccountLimit(actor) }, page), toAppDeletionView);
    },
  };
}

/** Creates an app. Only the operator may choose its id: customers could take each other's ids. */
function createCreateApp({ apps, accounts, access, audit, quotas, calls, ids, onChanged }: AppServiceDeps) {
  /** A continued call finds an app that it made by its time, because the operator may have chosen the id. */
  async function insert(actor: Actor, app: App, { isContinued }: CallRun): Promise<void> {
    const found = isContinued ? await apps.get(app.id) : undefined;
    if (found?.createdAt === app.createdAt && found.accountId === app.accountId) return;
    const { accountId } = app;
    const inserted = await quotas.insert(actor, accountId, 'apps', (limit) => apps.insert(app, limit));
    requireInserted(app.id, inserted);
  }

  return async function createApp(
    actor: Actor,
    { idempotencyKey, ...input }: CreateAppInput,
  ): Promise<AppView> {
    requireUnbound(access, actor);
    if (input.id !== undefined && getAccountLimit(actor) !== undefined) {
      throw fieldError('id', 'only the operator may choose it; omit it to get a generated id');
    }
    const accountId = getAccountLimit(actor) ?? input.accountId ?? defaultAccountId;
    requireAccount(actor, input.accountId);
    if ((await accounts.get(accountId)) === undefined) throw apiError('NOT_FOUND', `no account ${accountId}`);
    const newId = input.id ?? ids.app();
    return await calls.run({
      actor,
      operation: 'apps.create',
      key: idempotencyKey,
      input,
      accountId,
      appId: newId,
      reserve: () => ({ id: newId }),
      getTargetId: ({ id }) => id,
      work: async ({ id }, run) => {
        const app: App = { id, accountId, name: input.name, createdAt: run.at };
        await insert(actor, app, run);
        onChanged(id);
        const { entryId } = run;
        await audit.record(actor, {
          action: 'app.created',
          accountId,
          appId: id,
          targetId: id,
          targetName: app.name,
          entryId,
        });
        return toAppView(app);
      },
    });
  };
}

/**
 * Deletes an app with its webhooks, and starts the erasure of everything else that it had. From then on, no call
 * returns anything of it, and nothing is sent beyond the attempts in flight.
 */
function createDeleteApp({ deletions, access, audit, ids, clock, onChanged }: AppServiceDeps) {
  return async function deleteApp(actor: Actor, id: string): Promise<{ id: string; deleted: true }> {
    requireUnbound(access, actor);
    await access.requireApp(actor, id, 'apps:write');
    const now = clock.now();
    const started = await deletions.start(
      { id: ids.appDeletion(now), appId: id, createdAt: now },
      maxErasing,
    );
    if (started === 'missing') throw apiError('FORBIDDEN', `app ${id} does not belong to your account`);
    if (started === 'limit_reached') {
      const retryAfterSeconds = erasingRetryAfterSeconds;
      throw new TocsinError(
        'RATE_LIMITED',
        `${maxErasing} deleted apps of the account are being erased; retry in ${retryAfterSeconds} s`,
        { retryAfterSeconds },
      );
    }
    onChanged(id);
    await audit.record(actor, {
      action: 'app.deleted',
      accountId: started.accountId,
      appId: id,
      targetId: id,
      details: { webhooks: [...started.webhookIds] },
    });
    return { id, deleted: true };
  };
}

export type AppService = ReturnType<typeof createAppService>;

function requireInserted(id: string, result: Exclude<InsertAppResult, 'account_limit_reached'>): void {
  if (result === 'exists') throw apiError('ALREADY_EXISTS', `an app with the id ${id} already exists`);
  if (result === 'deleted') {
    throw apiError('ALREADY_EXISTS', `the id ${id} belonged to a deleted app; choose another one`);
  }
}

/** @throws FORBIDDEN if a list names an account that the actor has no access to */
function requireAccount(actor: Actor, accountId: string | undefined): void {
  if (accountId !== undefined && !canAccessAccount(actor, accountId)) {
    throw apiError('FORBIDDEN', `account ${accountId} is not yours`);
  }
}

/** Checks that the actor may create and delete apps. */
function requireUnbound(access: AccessControl, actor: Actor): void {
  access.requireScope(actor, 'apps:write');
  const appId = getAppLimit(actor);
  if (appId !== undefined) {
    throw apiError('FORBIDDEN', `this API key is bound to the app ${appId} and cannot create or delete apps`);
  }
}

function toAppView({ id, accountId, name, createdAt }: App): AppView {
  return { id, accountId, name, createdAt: toIso(createdAt) };
}

function toAppDeletionView({ createdAt, finishedAt, ...same }: AppDeletion): AppDeletionView {
  return { ...same, createdAt: toIso(createdAt), finishedAt: toIsoOrNull(finishedAt) };
}
