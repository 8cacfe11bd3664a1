import type { EventFilter, EventTypeView, EventView, Page } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import { getLatestVersion, type EventType } from '../../domain/event-type.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { mapPage, toIso } from '../common/iso-time.ts';

export interface EventServiceDeps {
  readonly events: EventStore;
  readonly eventTypes: Pick<EventTypes, 'listCommon'>;
  readonly access: AccessControl;
}

export function createEventService({ events, eventTypes, access }: EventServiceDeps) {
  return {
    /** Returns the catalog: each event with its JSON Schema and an example. The same for all callers. */
    types(): EventTypeView[] {
      return eventTypes.listCommon().map(toEventTypeView);
    },

    async get(actor: Actor, id: string): Promise<EventView> {
      access.requireScope(actor, 'events:read');
      const event = await events.get(id);
      if (event === undefined || !(await access.canSee(actor, event))) {
        throw apiError('NOT_FOUND', `no event ${id}`);
      }
      return toEventView(event);
    },

    /** Lists events, newest first, of the apps that the caller may see. */
    async list(actor: Actor, filter: EventFilter, page: PageRequest): Promise<Page<EventView>> {
      const visibility = await access.narrow(actor, filter.appId, 'events:read');
      return mapPage(await events.list({ ...filter, ...visibility }, page), toEventView);
    },
  };
}

export type EventService = ReturnType<typeof createEventService>;

function toEventTypeView(eventType: EventType): EventTypeView {
  const { name: type, family, source, subscribable } = eventType;
  const { description, example, getSchema } = getLatestVersion(eventType);
  return { type, family, description, source, subscribable, schema: getSchema(), example };
}

export function toEventView(event: AcceptedEvent): EventView {
  return {
    id: event.id,
    appId: event.appId,
    event: event.type,
    timestamp: event.timestamp,
    // Our own text, serialized from a parsed object when the event was accepted.
    data: JSON.parse(event.dataText) as Record<string, unknown>,
    idempotencyKey: event.idempotencyKey ?? null,
    createdAt: toIso(event.acceptedAt),
    deliveries: event.targets.length,
  };
}
