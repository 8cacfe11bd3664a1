import type { Actor } from '../../domain/access.ts';
import { isTocsinError, TocsinError } from '../../domain/errors.ts';
import type { FeedEvent, FeedFilter, FeedItem } from '../../domain/ports/event-feed.ts';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
import type { LiveFeed } from '../events/live/live-feed.ts';
import type { SubscriptionPlaces } from '../events/live/subscription-places.ts';
import type { HistoryLimits } from './feed-history.ts';

export interface FeedTailDeps {
  readonly live: Pick<LiveFeed, 'join' | 'next' | 'leave'>;
  /** The places of reads that wait. */
  readonly places: Pick<SubscriptionPlaces, 'take' | 'taken'>;
}

type PageItem = FeedItem & { readonly event: FeedEvent };

export interface TailQuery {
  readonly filter: FeedFilter;
  /** Undefined: from now on. */
  readonly after: string | undefined;
  /** How long to wait for an event if there are no `items`, ms. */
  readonly waitMs: number;
  readonly limits: HistoryLimits;
  /** What the page has already. */
  readonly items: readonly PageItem[];
}

export interface TailPage {
  readonly items: readonly PageItem[];
  readonly position: string;
  readonly hasMore: boolean;
}

/** A wait leaves its caller this much time to get the response, ms. */
const responseMs = 250;

const retryAfterSeconds = 2;

interface Wait {
  readonly actor: Actor;
  readonly appId: string | undefined;
  readonly stop: AbortController;
}

/** Reads the end of the feed, which the log does not have yet, from the shared stream of the process. */
export class FeedTail {
  readonly #deps: FeedTailDeps;
  readonly #waits = new Set<Wait>();

  constructor(deps: FeedTailDeps) {
    this.#deps = deps;
  }

  /** Reads that wait for events. */
  get waiting(): number {
    return this.#deps.places.taken;
  }

  /**
   * Returns the events after a position, or waits for one.
   *
   * @throws RATE_LIMITED if the caller has too many waiting reads.
   * @throws UNAVAILABLE if the stream cannot be read now.
   */
  async read(actor: Actor, query: TailQuery, signal: AbortSignal): Promise<TailPage> {
    const leftMs = (actor.deadline ?? Number.POSITIVE_INFINITY) - performance.now() - responseMs;
    const waitMs = query.items.length > 0 ? 0 : Math.max(0, Math.min(query.waitMs, leftMs));
    const giveBack = waitMs > 0 ? this.#deps.places.take(actor) : undefined;
    const wait: Wait = { actor, appId: query.filter.appId, stop: new AbortController() };
    this.#waits.add(wait);
    try {
      return await this.#read(query, waitMs, AbortSignal.any([signal, wait.stop.signal]));
    } finally {
      this.#waits.delete(wait);
      giveBack?.();
    }
  }

  /** Ends the waits whose access a change may have ended. Their pages are empty. */
  onConfigChange(change: ConfigChange | undefined): void {
    for (const { actor, appId, stop } of this.#waits) {
      const isConcerned =
        change === undefined ||
        (change.collection === 'apps' && change.id === appId) ||
        (change.collection === 'keys' && actor.kind === 'key' && actor.keyId === change.id);
      if (isConcerned) stop.abort();
    }
  }

  async #read(query: TailQuery, waitMs: number, signal: AbortSignal): Promise<TailPage> {
    const { live } = this.#deps;
    const { filter, after, limits } = query;
    const items = [...query.items];
    let bytes = items.reduce((sum, { event }) => sum + event.dataText.length, 0);
    let position = after;
    const endsAt = performance.now() + waitMs;
    const reader = await live.join(filter, after, signal, true).catch((error: unknown) => {
      throw toTailError(error);
    });
    try {
      position ??= reader.cursor;
      while (items.length < limits.events && bytes < limits.bytes) {
        const leftMs = items.length > 0 ? 0 : Math.max(0, endsAt - performance.now());
        const item = await live.next(reader, leftMs, signal);
        if (item === undefined) break;
        const { cursor, event } = item;
        position = cursor;
        if (event !== undefined) {
          items.push({ cursor, event });
          bytes += event.dataText.length;
        } else if (reader.isLive && leftMs === 0) break;
      }
      // A reader that is not live has not reached the end yet.
      return { items, position: position ?? '', hasMore: !reader.isEmpty || !reader.isLive };
    } finally {
      live.leave(reader);
    }
  }
}

/** A position that the oplog no longer reaches is one that the log will have soon. */
function toTailError(error: unknown): unknown {
  if (!isTocsinError(error) || error.code !== 'INVALID_INPUT') return error;
  return new TocsinError('UNAVAILABLE', `the feed is catching up; read again in ${retryAfterSeconds} s`, {
    cause: error,
    retryAfterSeconds,
  });
}
