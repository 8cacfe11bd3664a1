import {
  anyEventTypes,
  getEventDefinition,
  payloadJsonSchema,
  type EventFilter,
  type EventTypeView,
  type EventView,
  type Page,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { PageRequest } from '../../domain/ports/page-request.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import { mapPage, toIso } from '../common/iso-time.ts';

export interface EventServiceDeps {
  readonly events: EventStore;
  readonly access: AccessControl;
}

export function createEventService({ events, access }: EventServiceDeps) {
  return {
    /** Returns the catalog: each event with its JSON Schema and an example. The same for all callers. */
    types(): EventTypeView[] {
      return anyEventTypes.map((type) => {
        const { family, description, source, subscribable, example } = getEventDefinition(type);
        return { type, family, description, source, subscribable, schema: payloadJsonSchema(type), example };
      });
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
