import { MongoServerError, type ChangeStream, type ChangeStreamInsertDocument } from 'mongodb';
import { apiError } from '../../../domain/errors.ts';
import type { EventFeed, FeedFilter, FeedItem } from '../../../domain/ports/event-feed.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent, type EventDoc } from '../documents/event.ts';

/** `maxAwaitTimeMS` of the change stream; also how often an idle reader gets a new cursor. */
const maxAwaitMs = 1_000;

/** Maximum number of events that are read ahead. Bounds the memory of a slow reader. */
const batchSize = 100;

/** The oplog no longer reaches back to the cursor, or the cursor is not a resume token. */
const invalidCursorCodes = new Set<string | number>([286, 280, 260, 40647, 50811, 50797, 9]);

/**
 * Reads events from a change stream, in the order of their commits across all processes. Ids and timestamps
 * do not have this order: an event can commit after one with a higher id, and a reader that follows ids would
 * skip it.
 */
export class MongoEventFeed implements EventFeed {
  readonly #collections: Collections;

  constructor(collections: Collections) {
    this.#collections = collections;
  }

  async *read(filter: FeedFilter, after: string | undefined, signal: AbortSignal): AsyncGenerator<FeedItem> {
    const stream = this.#watch(filter, after);
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
        invalidCursorCodes.has(error.code ?? 0)
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

  #watch({ accountId, appId, types }: FeedFilter, after: string | undefined) {
    const stream: ChangeStream<
      EventDoc,
      ChangeStreamInsertDocument<EventDoc>
    > = this.#collections.events.watch(
      [
        {
          $match: {
            operationType: 'insert',
            ...(accountId === undefined ? {} : { 'fullDocument.accountId': accountId }),
            ...(appId === undefined ? {} : { 'fullDocument.appId': appId }),
            ...(types === undefined ? {} : { 'fullDocument.type': { $in: types } }),
          },
        },
      ],
      {
        maxAwaitTimeMS: maxAwaitMs,
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
