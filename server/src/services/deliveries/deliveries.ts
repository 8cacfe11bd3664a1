import type { DeliveryDetail, DeliveryFilter, DeliveryView, Page } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Delivery } from '../../domain/delivery.ts';
import { apiError } from '../../domain/errors.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import { toRetentionLimit } from '../../domain/retention.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { mapPage, toIso, toIsoOrNull } from '../common/iso-time.ts';

export interface DeliveryServiceDeps {
  readonly deliveries: DeliveryStore;
  readonly webhooks: WebhookStore;
  readonly events: Pick<EventStore, 'get'>;
  readonly access: AccessControl;
  readonly audit: AuditService;
  readonly clock: Clock;
  /** Retention time in ms. */
  readonly keepMs: number;
  /** Called when the queue has new work. */
  readonly wake: () => void;
}

export function createDeliveryService({
  deliveries,
  webhooks,
  events,
  access,
  audit,
  clock,
  keepMs,
  wake,
}: DeliveryServiceDeps) {
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

  /** A delivery without its event cannot be sent. While it is pending, retention keeps its event. */
  async function requireEvent({ id, eventId, status, createdAt }: Delivery): Promise<void> {
    const isExpired = status !== 'pending' && createdAt < toRetentionLimit(clock.now(), keepMs);
    if (isExpired || (await events.get(eventId)) === undefined) {
      throw apiError(
        'NOT_RETRYABLE',
        `the event ${eventId} of delivery ${id} is removed, or is about to be removed, by retention`,
      );
    }
  }

  return {
    async get(actor: Actor, id: string): Promise<DeliveryDetail> {
      return toDeliveryDetail(await find(actor, id, 'deliveries:read'));
    },

    /** Lists deliveries, newest first, of the apps that the caller may see. */
    async list(actor: Actor, filter: DeliveryFilter, page: PageRequest): Promise<Page<DeliveryView>> {
      const visibility = await access.narrow(actor, filter.appId, 'deliveries:read');
      return mapPage(await deliveries.list({ ...filter, ...visibility }, page), toDeliveryView);
    },

    /** Sends a delivery again immediately, whatever its status. Its earlier attempts stay on record. */
    async retry(actor: Actor, id: string): Promise<DeliveryDetail> {
      const delivery = await find(actor, id, 'deliveries:write');
      if ((await webhooks.get(delivery.webhookId)) === undefined) {
        throw apiError('NOT_RETRYABLE', `the webhook ${delivery.webhookId} of delivery ${id} was deleted`);
      }
      await requireEvent(delivery);
      if (!(await deliveries.retryNow(id, clock.now()))) {
        throw apiError('NOT_RETRYABLE', `delivery ${id} is being sent right now`);
      }
      wake();
      await audit.record(actor, {
        action: 'delivery.retried',
        accountId: delivery.accountId,
        appId: delivery.appId,
        targetId: id,
      });
      return toDeliveryDetail((await deliveries.get(id)) ?? delivery);
    },
  };
}

export type DeliveryService = ReturnType<typeof createDeliveryService>;

function toDeliveryView(delivery: Delivery): DeliveryView {
  return {
    id: delivery.id,
    eventId: delivery.eventId,
    webhookId: delivery.webhookId,
    appId: delivery.appId,
    event: delivery.type,
    status: delivery.status,
    reason: delivery.reason,
    attemptCount: delivery.attemptCount,
    createdAt: toIso(delivery.createdAt),
    nextAttemptAt: toIsoOrNull(delivery.dueAt),
    finishedAt: toIsoOrNull(delivery.finishedAt),
  };
}

function toDeliveryDetail(delivery: Delivery): DeliveryDetail {
  return {
    ...toDeliveryView(delivery),
    attempts: delivery.attempts.map((attempt) => ({
      at: toIso(attempt.at),
      durationMs: attempt.durationMs,
      statusCode: attempt.statusCode,
      reason: attempt.reason,
      reply: attempt.reply,
    })),
  };
}
