import type { SubscribeInput } from '@tocsin/shared';
import { getAccountLimit, getAppLimit, type Actor } from '../../domain/access.ts';
import { apiError, isTocsinError, TocsinError } from '../../domain/errors.ts';
import { positionFromCursor, timeFromPosition } from '../../domain/feed-position.ts';
import type { FeedEvent, FeedFilter } from '../../domain/ports/event-feed.ts';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { FeedHistory } from '../feed/feed-history.ts';
import type { AccessControl } from '../authorization/access-control.ts';
import type { FeedReader } from './live/feed-reader.ts';
import type { LiveFeed } from './live/live-feed.ts';
import type { SubscriptionPlaces } from './live/subscription-places.ts';

export interface LiveSubscriptionsDeps {
  readonly live: Pick<LiveFeed, 'join' | 'next' | 'leave'>;
  readonly places: Pick<SubscriptionPlaces, 'take'>;
  readonly access: AccessControl;
  readonly clock: Clock;
  /** What the oplog no longer has. Undefined: a cursor that is too old is an error. */
  readonly history?: Pick<FeedHistory, 'refresh' | 'toCovered'>;
  /** Starts the log of the history. */
  readonly startLog?: () => Promise<void>;
}

export interface LiveItem {
  /** Resumes the subscription after this item. */
  readonly cursor: string;
  /** Null if the item only moves the cursor. */
  readonly event: LiveEventView | null;
}

/** An event as subscribers see it. */
type LiveEventView = Pick<FeedEvent, 'id' | 'appId' | 'type' | 'timestamp'> & {
  readonly data: Record<string, unknown>;
};

export interface SubscribeCall {
  /** Authenticates the caller again, so that revoking a key ends its subscriptions. */
  readonly authenticate: () => Promise<Actor>;
  readonly signal: AbortSignal;
}

/** Time between two items that only move the cursor. Short enough that no cursor expires. */
const cursorEveryMs = 15_000;

/** The caller is authenticated again this often, in case the notification of a change was lost. */
const recheckEveryMs = 5_000;

/** A running subscription. */
interface Subscription {
  readonly filter: FeedFilter;
  actor: Actor;
  checkedAt: number;
  /** Whether the caller's access may have changed since it was checked. */
  isStale: boolean;
  reader: FeedReader | undefined;
}

/** Live subscriptions to events, in commit order, from now or from a cursor. */
export class LiveSubscriptions {
  readonly #deps: LiveSubscriptionsDeps;
  readonly #subscriptions = new Set<Subscription>();
  readonly #views = new WeakMap<FeedEvent, LiveEventView>();

  constructor(deps: LiveSubscriptionsDeps) {
    this.#deps = deps;
  }

  /** The first item only moves the cursor, so that a client that disconnects early can still resume. */
  async *subscribe(query: SubscribeInput, call: SubscribeCall): AsyncGenerator<LiveItem> {
    const { access, places, clock } = this.#deps;
    const actor = await call.authenticate();
    access.requireScope(actor, 'events:read');
    // Before the app is looked up, so that rejected attempts count, too.
    const giveBack = places.take(actor);
    let subscription: Subscription | undefined;
    try {
      const filter = await this.#toFilter(actor, query);
      subscription = { filter, actor, checkedAt: clock.now(), isStale: false, reader: undefined };
      this.#subscriptions.add(subscription);
      yield* this.#read(subscription, toPosition(query.lastEventId), call);
    } finally {
      if (subscription !== undefined) this.#subscriptions.delete(subscription);
      giveBack();
    }
  }

  /** Checks the subscriptions again whose access a change may have ended: idle ones at once. */
  onConfigChange(change: ConfigChange | undefined): void {
    for (const subscription of this.#subscriptions) {
      const { actor, filter, reader } = subscription;
      const isConcerned =
        change === undefined ||
        (change.collection === 'apps' && filter.appId === change.id) ||
        (change.collection === 'keys' && actor.kind === 'key' && actor.keyId === change.id);
      if (!isConcerned) continue;
      subscription.isStale = true;
      // Without a change, all subscriptions are concerned. They check before their next event.
      if (change !== undefined) reader?.wake();
    }
  }

  async #toFilter(actor: Actor, query: SubscribeInput): Promise<FeedFilter> {
    const appId = query.appId ?? getAppLimit(actor);
    const accountId =
      appId === undefined
        ? getAccountLimit(actor)
        : await this.#deps.access.requireApp(actor, appId, 'events:read');
    return { accountId, appId, types: query.types };
  }

  async *#read(
    subscription: Subscription,
    after: string | undefined,
    call: SubscribeCall,
  ): AsyncGenerator<LiveItem> {
    const { live, access, clock } = this.#deps;
    const reader = await this.#join(subscription.filter, after, call.signal);
    subscription.reader = reader;
    try {
      let sentAt = -Infinity;
      while (!call.signal.aborted) {
        const waitMs = sentAt === -Infinity ? 0 : recheckEveryMs;
        const item = await live.next(reader, waitMs, call.signal);
        if (item === undefined) continue;
        const { cursor, event } = item;
        await this.#recheck(subscription, call, event !== undefined);
        const isSeen = event !== undefined && (await access.canReceive(subscription.actor, event.appId));
        const now = clock.now();
        if (!isSeen && now - sentAt < cursorEveryMs) continue;
        sentAt = now;
        yield { cursor, event: isSeen ? this.#getView(event) : null };
      }
    } finally {
      live.leave(reader);
    }
  }

  /** Joins the live events. A cursor that is older than the oplog resumes in the log, some minutes before it. */
  async #join(filter: FeedFilter, after: string | undefined, signal: AbortSignal): Promise<FeedReader> {
    const { live, history, startLog, clock } = this.#deps;
    try {
      return await live.join(filter, after, signal);
    } catch (error) {
      const isTooOld = isTocsinError(error) && error.code === 'INVALID_INPUT';
      const position = after === undefined ? undefined : positionFromCursor(after);
      if (!isTooOld || position === undefined || timeFromPosition(position) > clock.now()) throw error;
      const state = await history?.refresh();
      if (history === undefined || state === undefined) {
        await startLog?.();
        const message = 'the events after this cursor are being prepared; resume from it in 2 s';
        throw new TocsinError('UNAVAILABLE', message, { cause: error, retryAfterSeconds: 2 });
      }
      return await live.join(filter, history.toCovered(state, position), signal);
    }
  }

  /**
   * Checks the caller's access again if it may have changed, or the last check is old. Throws if it ended. While
   * the database is unavailable, an idle subscription stays open, so that an election ends none.
   */
  async #recheck(subscription: Subscription, call: SubscribeCall, hasEvent: boolean): Promise<void> {
    const { clock } = this.#deps;
    if (!subscription.isStale && clock.now() - subscription.checkedAt < recheckEveryMs) return;
    subscription.isStale = false;
    subscription.checkedAt = clock.now();
    try {
      await this.#authenticate(subscription, call);
    } catch (error) {
      if (hasEvent || !isTocsinError(error) || error.code !== 'UNAVAILABLE') throw error;
      subscription.isStale = true;
    }
  }

  async #authenticate(subscription: Subscription, call: SubscribeCall): Promise<void> {
    const { access } = this.#deps;
    const actor = await call.authenticate();
    access.requireScope(actor, 'events:read');
    const { appId } = subscription.filter;
    if (appId !== undefined && !(await access.canReceive(actor, appId))) {
      throw apiError('FORBIDDEN', `app ${appId} does not belong to your account`);
    }
    subscription.actor = actor;
  }

  /** Parses the data of an event once for all subscriptions. */
  #getView(event: FeedEvent): LiveEventView {
    const known = this.#views.get(event);
    if (known !== undefined) return known;
    const view = toLiveEvent(event);
    this.#views.set(event, view);
    return view;
  }
}

/** Cursors of older releases are resume tokens. Those that are malformed are left to the feed. */
function toPosition(cursor: string | null | undefined): string | undefined {
  return cursor === null || cursor === undefined ? undefined : (positionFromCursor(cursor) ?? cursor);
}

function toLiveEvent(event: FeedEvent): LiveEventView {
  return {
    id: event.id,
    appId: event.appId,
    type: event.type,
    timestamp: event.timestamp,
    // Our own text, serialized from a parsed object when the event was accepted.
    data: JSON.parse(event.dataText) as Record<string, unknown>,
  };
}
