import type { WebhookView } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { ReplayStore } from '../../domain/ports/bulk-stores.ts';
import type { Mount, Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { cancelAllPending } from './cancel-all-pending.ts';
import { createCreateWebhook, type CreateWebhookDeps } from './create-webhook.ts';
import type { FindWebhook } from './find-webhook.ts';
import { createRotateSecret } from './rotate-secret.ts';
import { createUpdateWebhook, type UpdateWebhookDeps } from './update-webhook.ts';
import { listWebhookChanges, toWebhookName } from './webhook-changes.ts';
import { checkRevision } from './webhook-rules.ts';

export interface WebhookServiceDeps extends UpdateWebhookDeps, CreateWebhookDeps {
  readonly replays: Pick<ReplayStore, 'cancelForWebhook' | 'restoreDelivered'>;
  readonly findWebhook: FindWebhook;
  readonly access: AccessControl;
}

/** Where a call comes from: a REST mount sees only its own webhooks, null (tRPC) sees all of an app. */
interface WebhookScope {
  readonly mount: Mount;
}

export function createWebhookService(deps: WebhookServiceDeps) {
  const { webhooks, deliveries, access, audit, clock, onChanged, views, findWebhook } = deps;
  return {
    find: findWebhook,

    /** Finds a webhook by app and id, at a REST mount. Checks the app before the webhook. */
    async findInMount(actor: Actor, appId: string, id: string, mount: Mount): Promise<Webhook> {
      await access.requireApp(actor, appId, 'webhooks:write');
      const webhook = await webhooks.get(id);
      if (webhook === undefined || webhook.appId !== appId || webhook.mount !== mount) {
        throw apiError('NOT_FOUND', `app ${appId} has no webhook ${id}`);
      }
      return webhook;
    },

    create: createCreateWebhook(deps),

    /** Lists the webhooks of an app, oldest first. */
    async list(actor: Actor, appId: string, { mount }: WebhookScope): Promise<WebhookView[]> {
      await access.requireApp(actor, appId, 'webhooks:read');
      return await views.getViews(await webhooks.listForApp(appId, mount ?? undefined), actor);
    },

    async get(actor: Actor, id: string): Promise<WebhookView> {
      return await views.getView(await findWebhook(actor, id, 'webhooks:read'), actor);
    },

    update: createUpdateWebhook(deps),

    rotateSecret: createRotateSecret({
      ...deps,
      onRotated: (webhook) => onChanged(webhook, false),
    }),

    /**
     * Deletes a webhook that `find` or `findInMount` returned. Ends its replays and cancels its pending
     * deliveries.
     *
     * @param expectedRevision - undefined: any
     * @throws REVISION_MISMATCH
     */
    async delete(
      actor: Actor,
      webhook: Webhook,
      expectedRevision?: number,
    ): Promise<{ id: string; deleted: true }> {
      checkRevision(webhook, expectedRevision);
      if (!(await webhooks.delete(webhook.id, expectedRevision))) {
        const current = await webhooks.get(webhook.id);
        if (current !== undefined) checkRevision(current, expectedRevision);
        throw apiError('NOT_FOUND', `no webhook ${webhook.id}`);
      }
      onChanged(webhook, true);
      await audit.record(actor, {
        action: 'webhook.deleted',
        accountId: webhook.accountId,
        appId: webhook.appId,
        targetId: webhook.id,
        targetName: toWebhookName(deps.secretBox, webhook),
        changes: listWebhookChanges(deps.secretBox, webhook, undefined),
      });
      const now = clock.now();
      await endReplays(deps.replays, webhook, now);
      await cancelAllPending(deliveries, webhook.id, now);
      return { id: webhook.id, deleted: true };
    },
  };
}

export type WebhookService = ReturnType<typeof createWebhookService>;

/** Deliveries examined in one step. */
const restoreBatchSize = 5_000;

/**
 * Ends the replays of a deleted webhook. Deliveries that a replay put back into the queue were delivered before,
 * and stay so: the cancellation of pending deliveries must not find them.
 */
async function endReplays(
  replays: WebhookServiceDeps['replays'],
  webhook: Webhook,
  at: number,
): Promise<void> {
  await replays.cancelForWebhook(webhook, at);
  let after: string | undefined;
  do {
    after = await replays.restoreDelivered(webhook.id, after, restoreBatchSize);
  } while (after !== undefined);
}
