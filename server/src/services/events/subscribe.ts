import type { AnyEventType, SubscribeInput } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { EventFeed } from '../../domain/ports/event-feed.ts';
import type { AccessControl } from '../authorization/access-control.ts';

export interface SubscribeDeps {
  readonly feed: EventFeed;
  readonly access: AccessControl;
}

/** One event as live readers get it. */
export interface LiveEvent {
  readonly id: string;
  readonly appId: string;
  readonly type: AnyEventType;
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
}

export interface LiveItem {
  readonly cursor: string;
  /** Null: no event, only the place to go on from. */
  readonly event: LiveEvent | null;
}

export interface SubscribeCall {
  /** Asks again who is calling: a key that is revoked ends its subscriptions. */
  readonly authenticate: () => Promise<Actor>;
  readonly signal: AbortSignal;
}

/** Subscriptions of one process at most; each is a cursor in the database. */
const maxSubscriptions = 200;

/** How many idle seconds pass between two notes of the place. Soon enough for a cursor not to grow too old. */
const noteEverySeconds = 15;

/** Live events in commit order, from now or from a cursor. The first item is a place, so that no connection is in vain. */
export function createSubscribe({ feed, access }: SubscribeDeps) {
  let open = 0;
  return async function* subscribe(query: SubscribeInput, call: SubscribeCall): AsyncGenerator<LiveItem> {
    const actor = await call.authenticate();
    if (query.appId === undefined) access.requireScope(actor, 'events:read');
    else await access.requireApp(actor, query.appId, 'events:read');
    if (open >= maxSubscriptions)
      throw apiError('UNAVAILABLE', `all ${maxSubscriptions} live subscriptions are taken`);
    open++;
    try {
      const appIds = query.appId === undefined ? await access.visibleApps(actor) : [query.appId];
      const after = query.lastEventId ?? undefined;
      let quiet = noteEverySeconds;
      for await (const { cursor, event } of feed.read({ appIds, types: query.types }, after, call.signal)) {
        access.requireScope(await call.authenticate(), 'events:read');
        if (event === undefined && ++quiet <= noteEverySeconds) continue;
        quiet = 0;
        yield {
          cursor,
          event:
            event === undefined
              ? null
              : {
                  id: event.id,
                  appId: event.appId,
                  type: event.type,
                  timestamp: event.timestamp,
                  data: JSON.parse(event.dataText) as Record<string, unknown>,
                },
        };
      }
    } finally {
      open--;
    }
  };
}

export type Subscribe = ReturnType<typeof createSubscribe>;
