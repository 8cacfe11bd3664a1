import type { CreatedWebhook, WebhookView } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { unknownHealth } from '../../domain/endpoint-health.ts';
import { apiError } from '../../domain/errors.ts';
import type { ReplayStore } from '../../domain/ports/bulk-stores.ts';
import type { Ids } from '../../domain/ports/runtime.ts';
import { sealClientCertificate, sealHeaders, sealUrl } from '../../domain/webhook-endpoint.ts';
import type { Mount, Webhook } from '../../domain/webhook.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { Quotas } from '../limits/quotas.ts';
import { cancelAllPending } from './cancel-all-pending.ts';
import type { FindWebhook } from './find-webhook.ts';
import { generateSecret } from './generate-secret.ts';
import { createRotateSecret } from './rotate-secret.ts';
import { createUpdateWebhook, type UpdateWebhookDeps } from './update-webhook.ts';
import { toNewFields, type NewWebhookInput } from './webhook-fields.ts';
import { checkRevision, checkSigning } from './webhook-rules.ts';
import { toWebhookView } from './webhook-view.ts';

export interface WebhookServiceDeps extends UpdateWebhookDeps {
  readonly replays: Pick<ReplayStore, 'cancelForWebhook' | 'restoreDelivered'>;
  readonly findWebhook: FindWebhook;
  readonly access: AccessControl;
  readonly ids: Ids;
  readonly quotas: Quotas;
  /** Webhooks per app: of AuthForge's contract, and all others together. */
  readonly limits: { readonly authforge: number; readonly others: number };
}

/** Where a call comes from: a REST mount sees only its own webhooks, null (tRPC) sees all of an app. */
export interface WebhookScope {
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

    async create(actor: Actor, input: NewWebhookInput, { mount }: WebhookScope): Promise<CreatedWebhook> {
      const accountId = await access.requireApp(actor, input.appId, 'webhooks:write');
      const fields = await toNewFields(input, accountId, mount, deps);
      checkSigning(fields.signing, fields.profile);
      const { webhook, secret } = toWebhook(deps, { ...fields, accountId }, mount);
      const limit = mount === 'authforge' ? deps.limits.authforge : deps.limits.others;
      const result = await deps.quotas.insert(actor, accountId, 'webhooks', (accountLimit) =>
        webhooks.insert(webhook, limit, accountLimit),
      );
      if (result === 'limit_reached') {
        throw apiError('WEBHOOK_LIMIT_REACHED', `app ${input.appId} already has its ${limit} webhooks`);
      }
      onChanged(webhook, true);
      await audit.record(actor, {
        action: 'webhook.created',
        accountId,
        appId: webhook.appId,
        targetId: webhook.id,
        details: { profile: webhook.profile, mount, signing: webhook.signing },
      });
      return { ...toWebhookView(webhook, fields, unknownHealth, webhook.createdAt), secret };
    },

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

/** A new webhook with a new secret. Only its creator sees the secret. */
function toWebhook(
  { ids, clock, secretBox }: Pick<WebhookServiceDeps, 'ids' | 'clock' | 'secretBox'>,
  fields: Awaited<ReturnType<typeof toNewFields>> & Pick<Webhook, 'accountId'>,
  mount: Mount,
): { webhook: Webhook; secret: string } {
  const { secret, publicKey } = generateSecret(fields.signing);
  const now = clock.now();
  const id = ids.webhook();
  const webhook: Webhook = {
    ...fields,
    id,
    revision: 1,
    url: sealUrl(secretBox, id, fields.url),
    headers: sealHeaders(secretBox, id, fields.headers),
    clientCertificate:
      fields.clientCertificate && sealClientCertificate(secretBox, id, fields.clientCertificate),
    mount,
    disabledReason: fields.enabled ? null : 'by_user',
    secret: secretBox.encrypt(secret, { webhookId: id, field: 'secret' }),
    publicKey,
    previousSecrets: [],
    keptEvents: [],
    createdAt: now,
    updatedAt: now,
  };
  return { webhook, secret };
}
