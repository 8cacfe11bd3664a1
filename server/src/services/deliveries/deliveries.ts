import type { DeliveryDetail, DeliveryFilter, DeliveryView, Page } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Delivery } from '../../domain/delivery.ts';
import { apiError } from '../../domain/errors.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { mapPage, toIso, toIsoOrNull } from '../common/iso-time.ts';
import { createRetryDelivery, type RetryDeliveryDeps } from './retry-delivery.ts';

export interface DeliveryServiceDeps extends Omit<RetryDeliveryDeps, 'find' | 'getDetail'> {
  readonly webhooks: WebhookStore;
  readonly access: AccessControl;
}

export function createDeliveryService(deps: DeliveryServiceDeps) {
  const { deliveries, webhooks, access } = deps;

  async function find(
    actor: Actor,
    id: string,
    scope: 'deliveries:read' | 'deliveries:write',
  ): Promise<Delivery> {
    access.requireScope(actor, scope);
    const delivery = await deliveries.get(id);
    if (delivery === undefined || !(await access.canSee(actor, delivery))) {
      throw apiError('NOT_FOUND', `no delivery ${id}`);
    }
    return delivery;
  }

  async function getDetail(delivery: Delivery): Promise<DeliveryDetail> {
    return toDeliveryDetail(delivery, await findDisabled(webhooks, [delivery]));
  }

  return {
    async get(actor: Actor, id: string): Promise<DeliveryDetail> {
      return await getDetail(await find(actor, id, 'deliveries:read'));
    },

    /** Lists deliveries, newest first, of the apps that the caller may see. */
    async list(actor: Actor, filter: DeliveryFilter, page: PageRequest): Promise<Page<DeliveryView>> {
      const visibility = await access.narrow(actor, filter.appId, 'deliveries:read');
      const found = await deliveries.list({ ...filter, ...visibility }, page);
      const disabled = await findDisabled(webhooks, found.items);
      return mapPage(found, (delivery) => toDeliveryView(delivery, disabled));
    },

    retry: createRetryDelivery({
      ...deps,
      find: (actor, id) => find(actor, id, 'deliveries:write'),
      getDetail,
    }),
  };
}

export type DeliveryService = ReturnType<typeof createDeliveryService>;

/** Returns the ids of the disabled webhooks of pending deliveries. */
async function findDisabled(
  webhooks: Pick<WebhookStore, 'getMany'>,
  found: readonly Delivery[],
): Promise<ReadonlySet<string>> {
  const ids = new Set(found.flatMap(({ status, webhookId }) => (status === 'pending' ? webhookId : [])));
  if (ids.size === 0) return ids;
  const some = await webhooks.getMany([...ids]);
  return new Set(some.flatMap((webhook) => (webhook.enabled ? [] : webhook.id)));
}

function toDeliveryView(delivery: Delivery, disabled: ReadonlySet<string>): DeliveryView {
  const { reason, nextAttemptAt } = toPendingFields(delivery, disabled);
  return {
    id: delivery.id,
    eventId: delivery.eventId,
    webhookId: delivery.webhookId,
    appId: delivery.appId,
    event: delivery.type,
    status: delivery.status,
    reason,
    attemptCount: delivery.attemptCount,
    createdAt: toIso(delivery.createdAt),
    nextAttemptAt,
    finishedAt: toIsoOrNull(delivery.finishedAt),
  };
}

/** Whether a webhook is disabled is not stored with its deliveries, so that disabling it changes none of them. */
function toPendingFields(
  { status, reason, dueAt, webhookId, attemptCount }: Delivery,
  disabled: ReadonlySet<string>,
): Pick<DeliveryView, 'reason' | 'nextAttemptAt'> {
  const nextAttemptAt = toIsoOrNull(dueAt);
  if (status !== 'pending') return { reason, nextAttemptAt };
  if (disabled.has(webhookId)) return { reason: 'webhook_disabled', nextAttemptAt: null };
  const waiting = attemptCount === 0 ? 'awaiting_first_attempt' : 'awaiting_retry';
  return { reason: reason === 'webhook_disabled' ? waiting : reason, nextAttemptAt };
}

function toDeliveryDetail(delivery: Delivery, disabled: ReadonlySet<string>): DeliveryDetail {
  return {
    ...toDeliveryView(delivery, disabled),
    attempts: delivery.attempts.map((attempt) => ({
      at: toIso(attempt.at),
      durationMs: attempt.durationMs,
      statusCode: attempt.statusCode,
      reason: attempt.reason,
      reply: attempt.reply,
    })),
  };
}
