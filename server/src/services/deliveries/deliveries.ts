import type { DeliveryDetail } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { Delivery } from '../../domain/delivery.ts';
import { apiError } from '../../domain/errors.ts';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import type { WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { createChangeMany, type ChangeManyDeps } from './change-many.ts';
import { createDeliveryViews } from './delivery-view.ts';
import { createListDeliveries } from './list-deliveries.ts';
import { createResendEvent, type ResendEventDeps } from './resend-event.ts';
import { createRetryDelivery, type RetryDeliveryDeps } from './retry-delivery.ts';

export interface DeliveryServiceDeps
  extends
    Omit<RetryDeliveryDeps, 'find' | 'getDetail'>,
    Pick<ChangeManyDeps, 'existing'>,
    Pick<ResendEventDeps, 'eventTypes'> {
  readonly webhooks: WebhookStore;
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
  readonly access: AccessControl;
}

export function createDeliveryService(deps: DeliveryServiceDeps) {
  const { deliveries, access } = deps;
  const views = createDeliveryViews(deps);

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

  const getDetail = (actor: Actor, delivery: Delivery) => views.getDetail(actor, delivery);

  return {
    async get(actor: Actor, id: string): Promise<DeliveryDetail> {
      return await views.getDetail(actor, await find(actor, id, 'deliveries:read'));
    },

    list: createListDeliveries({ ...deps, views }),

    ...createChangeMany(deps),

    retry: createRetryDelivery({
      ...deps,
      find: (actor, id) => find(actor, id, 'deliveries:write'),
      getDetail,
    }),

    resend: createResendEvent({ ...deps, getDetail }),
  };
}

export type DeliveryService = ReturnType<typeof createDeliveryService>;
