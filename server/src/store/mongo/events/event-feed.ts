import { MongoServerError, type ChangeStream, type ChangeStreamInsertDocument } from 'mongodb';
import { apiError } from '../../../domain/errors.ts';
import type { EventFeed, FeedFilter, FeedItem } from '../../../domain/ports/event-feed.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent, type EventDoc } from '../documents/event.ts';

/** How long the database holds a question open while nothing happens. Also how often a reader learns its place. */
const waitMs = 1_000;

/** Events fetched ahead at most: what a slow reader can make us hold. */
const batchSize = 100;

/** The oplog no longer reaches back to the cursor, or the cursor is no resume token. */
const uselessCursorCodes = new Set<string | number>([286, 280, 260, 40647, 50811, 50797, 9]);

/**
 * Live reading by change stream. The oplog's order is the order of commits, over all processes: an id or a timestamp
 * made before a commit could be overtaken by one that commits first, and a reader that went by it would skip events.
 */
export class MongoEventFeed implements EventFeed {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async *read(filter: FeedFilter, after: string | undefined, signal: AbortSignal): AsyncGenerator<FeedItem> {
    const stream = this.#open(filter, after);
    const close = () => void stream.close().catch(() => undefined);
    signal.addEventListener('abort', close, { once: true });
    try {
      while (!signal.aborted) {
        const change = await stream.tryNext();
        const cursor = toCursor(change === null ? stream.resumeToken : change._id);
        if (cursor !== undefined)
          yield { cursor, event: change === null ? undefined : toEvent(change.fullDocument) };
      }
    } catch (error) {
      if (signal.aborted) return;
      if (
        after !== undefined &&
        error instanceof MongoServerError &&
        uselessCursorCodes.has(error.code ?? 0)
      ) {
        throw apiError(
          'INVALID_INPUT',
          'lastEventId: this cursor is malformed or too old; list the events instead',
          error,
        );
      }
      throw error;
    } finally {
      signal.removeEventListener('abort', close);
      await stream.close().catch(() => undefined);
    }
  }

  #open({ appIds, types }: FeedFilter, after: string | undefined) {
    const stream: ChangeStream<
      EventDoc,
      ChangeStreamInsertDocument<EventDoc>
    > = this.#collections.events.watch(
      [
        {
          $match: {
            operationType: 'insert',
            ...(appIds === undefined ? {} : { 'fullDocument.appId': { $in: appIds } }),
            ...(types === undefined ? {} : { 'fullDocument.type': { $in: types } }),
          },
        },
      ],
      {
        maxAwaitTimeMS: waitMs,
        batchSize,
        ...(after === undefined ? {} : { resumeAfter: { _data: after } }),
      },
    );
    return stream;
  }
}

function toCursor(token: unknown): string | undefined {
  return typeof token === 'object' && token !== null && '_data' in token && typeof token._data === 'string'
    ? token._data
    : undefined;
}
