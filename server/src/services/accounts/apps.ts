import type { AppView, CreateAppInput, Page } from '@tocsin/shared';
import { canAccessAccount, type Actor, type App } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { AccountStore, AppStore } from '../../domain/ports/access-stores.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { defaultAccountId } from './accounts.ts';
import { inBatches } from '../common/in-batches.ts';
import { mapPage, toIso } from '../common/iso-time.ts';

export interface AppServiceDeps {
  readonly apps: AppStore;
  readonly accounts: AccountStore;
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Called after an app was created or deleted. */
  readonly onChanged: (appId: string) => void;
}

export function createAppService(deps: AppServiceDeps) {
  const { apps, accounts, webhooks, deliveries, access, audit, ids, clock, onChanged } = deps;
  return {
    async create(actor: Actor, input: CreateAppInput): Promise<AppView> {
      access.requireScope(actor, 'webhooks:write');
      const accountId = actor.kind === 'root' ? (input.accountId ?? defaultAccountId) : actor.accountId;
      if (input.accountId !== undefined && !canAccessAccount(actor, input.accountId)) {
        throw apiError('FORBIDDEN', `account ${input.accountId} is not yours`);
      }
      if ((await accounts.get(accountId)) === undefined)
        throw apiError('NOT_FOUND', `no account ${accountId}`);
      const app: App = { id: input.id ?? ids.app(), accountId, name: input.name, createdAt: clock.now() };
      if (!(await apps.insert(app)))
        throw apiError('ALREADY_EXISTS', `an app with the id ${app.id} already exists`);
      onChanged(app.id);
      await audit.record(actor, { action: 'app.created', accountId, appId: app.id, targetId: app.id });
      return toAppView(app);
    },

    async list(actor: Actor, page: PageRequest): Promise<Page<AppView>> {
      access.requireScope(actor, 'webhooks:read');
      return mapPage(
        await apps.list(actor.kind === 'root' ? {} : { accountId: actor.accountId }, page),
        toAppView,
      );
    },

    async get(actor: Actor, id: string): Promise<AppView> {
      await access.requireApp(actor, id, 'webhooks:read');
      const app = await apps.get(id);
      if (app === undefined) throw apiError('FORBIDDEN', `app ${id} does not belong to your account`);
      return toAppView(app);
    },

    /**
     * Deletes an app and its webhooks and cancels pending deliveries. Its events and deliveries stay
     * readable.
     */
    async delete(actor: Actor, id: string): Promise<{ id: string; deleted: true }> {
      await access.requireApp(actor, id, 'webhooks:write');
      const accountId = (await access.findAccount(id)) ?? null;
      const all = await webhooks.listForApp(id);
      for (const webhook of all) {
        await webhooks.delete(webhook.id);
        const now = clock.now();
        await inBatches((limit) => deliveries.cancelPending(webhook.id, 'webhook_deleted', now, limit));
      }
      await apps.delete(id);
      onChanged(id);
      await audit.record(actor, {
        action: 'app.deleted',
        accountId,
        appId: id,
        targetId: id,
        details: { webhooks: all.map((webhook) => webhook.id) },
      });
      return { id, deleted: true };
    },
  };
}

export type AppService = ReturnType<typeof createAppService>;

function toAppView({ id, accountId, name, createdAt }: App): AppView {
  return { id, accountId, name, createdAt: toIso(createdAt) };
}
