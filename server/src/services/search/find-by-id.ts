import { deliveryId, eventId, replayId } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { ReplayStore } from '../../domain/ports/bulk-stores.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { toIso } from '../common/iso-time.ts';
import type { NamelessHit } from './hit.ts';

export interface ByIdDeps {
  readonly events: Pick<EventStore, 'get'>;
  readonly deliveries: Pick<DeliveryStore, 'get'>;
  readonly replays: Pick<ReplayStore, 'get'>;
  readonly access: Pick<AccessControl, 'canSee'>;
}

/** Kinds that have no name, so that only their whole id finds them. Ids are in lower case. */
export const findById = {
  async event({ events, access }: ByIdDeps, actor: Actor, query: string): Promise<NamelessHit[]> {
    const id = query.toLowerCase();
    const event = eventId.safeParse(id).success ? await events.get(id) : undefined;
    if (event === undefined || !(await access.canSee(actor, event))) return [];
    const { appId, accountId, type, acceptedAt } = event;
    const at = toIso(acceptedAt);
    return [{ kind: 'event', id, title: type, subtitle: id, accountId, appId, webhookId: null, at }];
  },

  async delivery({ deliveries, access }: ByIdDeps, actor: Actor, query: string): Promise<NamelessHit[]> {
    const id = query.toLowerCase();
    const delivery = deliveryId.safeParse(id).success ? await deliveries.get(id) : undefined;
    if (delivery === undefined || !(await access.canSee(actor, delivery))) return [];
    const { appId, accountId, webhookId, type, status, createdAt } = delivery;
    const title = `${type}: ${status}`;
    return [{ kind: 'delivery', id, title, subtitle: id, accountId, appId, webhookId, at: toIso(createdAt) }];
  },

  async replay({ replays, access }: ByIdDeps, actor: Actor, query: string): Promise<NamelessHit[]> {
    const id = query.toLowerCase();
    const replay = replayId.safeParse(id).success ? await replays.get(id) : undefined;
    if (replay === undefined || !(await access.canSee(actor, replay))) return [];
    const { appId, accountId, webhookId, status, total, createdAt } = replay;
    const title = `Replay of ${total} deliveries: ${status}`;
    return [{ kind: 'replay', id, title, subtitle: id, accountId, appId, webhookId, at: toIso(createdAt) }];
  },
};
