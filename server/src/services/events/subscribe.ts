import type { SubscribeInput } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { EventFeed } from '../../domain/ports/event-feed.ts';
import type { Visibility } from '../../domain/ports/page-request.ts';
import type { AccessControl } from '../authorization/access-control.ts';

export interface LiveSubscriptionsDeps {
  readonly feed: EventFeed;
  readonly access: AccessControl;
}

export interface LiveItem {
  /** Resumes the subscription after this item. */
  readonly cursor: string;
  /** Null if the item only moves the cursor. */
  readonly event:
    | (Pick<AcceptedEvent, 'id' | 'appId' | 'type' | 'timestamp'> & {
        readonly data: Record<string, unknown>;
      })
    | null;
}

export interface SubscribeCall {
  /** Authenticates the caller again, so that revoking a key ends its subscriptions. */
  readonly authenticate: () => Promise<Actor>;
  readonly signal: AbortSignal;
}

/** Limit per process, because each subscription holds a cursor of the database open. */
const maxSubscriptions = 200;

/** Idle seconds between two items that only move the cursor. Short enough that no cursor expires. */
const cursorEverySeconds = 15;

/** Live subscriptions to events, in commit order, from now or from a cursor. */
export class LiveSubscriptions {
  readonly #feed: EventFeed;
  readonly #access: AccessControl;
  #count = 0;

  constructor({ feed, access }: LiveSubscriptionsDeps) {
    this.#feed = feed;
    this.#access = access;
  }

  /** The first item only moves the cursor, so that a client that disconnects early can still resume. */
  async *subscribe(query: SubscribeInput, call: SubscribeCall): AsyncGenerator<LiveItem> {
    const actor = await call.authenticate();
    const visibility = await this.#access.narrow(actor, query.appId, 'events:read');
    if (this.#count >= maxSubscriptions) {
      throw apiError('UNAVAILABLE', `this process already has ${maxSubscriptions} live subscriptions`);
    }
    this.#count++;
    try {
      yield* this.#read(visibility, query, call);
    } finally {
      this.#count--;
    }
  }

  async *#read(visibility: Visibility, query: SubscribeInput, call: SubscribeCall): AsyncGenerator<LiveItem> {
    const after = query.lastEventId ?? undefined;
    let idle = cursorEverySeconds;
    const items = this.#feed.read({ ...visibility, types: query.types }, after, call.signal);
    for await (const { cursor, event } of items) {
      const actor = await call.authenticate();
      this.#access.requireScope(actor, 'events:read');
      if (query.appId !== undefined) await this.#requireReceivable(actor, query.appId);
      else if (event !== undefined && !(await this.#access.canReceive(actor, event.appId))) continue;
      if (event === undefined && ++idle <= cursorEverySeconds) continue;
      idle = 0;
      yield { cursor, event: event === undefined ? null : toLiveEvent(event) };
    }
  }

  /** Ends the subscription to an app that was deleted, or that the caller has lost access to. */
  async #requireReceivable(actor: Actor, appId: string): Promise<void> {
    if (await this.#access.canReceive(actor, appId)) return;
    throw apiError('FORBIDDEN', `app ${appId} does not belong to your account`);
  }
}

function toLiveEvent(event: AcceptedEvent): NonNullable<LiveItem['event']> {
  return {
    id: event.id,
    appId: event.appId,
    type: event.type,
    timestamp: event.timestamp,
    // Our own text, serialized from a parsed object when the event was accepted.
    data: JSON.parse(event.dataText) as Record<string, unknown>,
  };
}
