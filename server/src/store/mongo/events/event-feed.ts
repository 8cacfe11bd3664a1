import {
  ChangeStream,
  MongoServerError,
  type ChangeStreamInsertDocument,
  type ClientSession,
  type Collection,
  Timestamp,
} from 'mongodb';
import { apiError } from '../../../domain/errors.ts';
import {
  clusterTimeFromPosition,
  positionFromCursor,
  positionFromToken,
  timeFromPosition,
} from '../../../domain/feed-position.ts';
import type { EventFeed, FeedItem, FeedQuery } from '../../../domain/ports/event-feed.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent, type EventDoc } from '../documents/event.ts';
import { toTypeValues } from '../driver/type-condition.ts';
import { toUnavailableError } from '../driver/unavailable.ts';

/** Maximum number of events that are read ahead. Bounds the memory of a slow reader. */
const batchSize = 100;

/** The oplog no longer reaches back to the position. */
export const historyLostCodes = new Set<string | number>([286, 280]);

/**
 * Reads events from a change stream, in the order of their commits across all processes. Ids and timestamps
 * do not have this order: an event can commit after one with a higher id, and a reader that follows ids would
 * skip it.
 *
 * Cursors are positions, which compare as text in the order of the stream; see feed-position.ts. A stream resumes at
 * the cluster time of a position, and skips the events up to it.
 */
export class MongoEventFeed implements EventFeed {
  readonly #events: Collection<EventDoc>;

  /** @param events of a client of its own, because each read holds a connection most of the time */
  constructor({ events }: Pick<Collections, 'events'>) {
    this.#events = events;
  }

  async *read(query: FeedQuery, signal: AbortSignal): AsyncGenerator<FeedItem> {
    if (signal.aborted) return;
    const after = query.after === undefined ? undefined : toPosition(query.after);
    // Without a session of ours, the driver ends its own session when the last batch arrives. If it has not yet sent the
    // command that closes the cursor, it then never sends it, and the cursor stays open for minutes.
    await using session = this.#events.db.client.startSession({ causalConsistency: false });
    const stream = this.#watch(query, after, session);
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= stream.close().catch(() => undefined));
    const onAbort = () => void close();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      let pending = stream.tryNext();
      const first = await findFirstCursor(stream, pending);
      // The time of the position, which is before it.
      if (first !== undefined) yield { cursor: after ?? first, event: undefined };
      while (!signal.aborted) {
        const change = await pending;
        const cursor = change === null ? toCursor(stream.resumeToken) : toEventCursor(change);
        // The stream starts at the time of the position, which can be before it.
        const isBefore = after !== undefined && cursor !== undefined && cursor <= after;
        if (change === null && cursor !== undefined)
          yield { cursor: isBefore ? after : cursor, event: undefined };
        else if (change !== null && cursor !== undefined && !isBefore)
          yield { cursor, event: toEvent(change.fullDocument) };
        pending = stream.tryNext();
        pending.catch(() => undefined);
      }
    } catch (error) {
      if (signal.aborted) return;
      throw toFeedError(error, query.after);
    } finally {
      signal.removeEventListener('abort', onAbort);
      await close();
    }
  }

  findTime(cursor: string): number | undefined {
    const position = positionFromCursor(cursor);
    return position === undefined ? undefined : timeFromPosition(position);
  }

  #watch(
    { filter: { accountId, appId, types }, idleMs }: FeedQuery,
    after: string | undefined,
    session: ClientSession,
  ) {
    const stream: ChangeStream<EventDoc, ChangeStreamInsertDocument<EventDoc>> = this.#events.watch(
      [
        {
          $match: {
            operationType: 'insert',
            'fullDocument.tombstone': { $exists: false },
            ...(accountId === undefined ? {} : { 'fullDocument.accountId': accountId }),
            ...(appId === undefined ? {} : { 'fullDocument.appId': appId }),
            ...(types === undefined ? {} : { 'fullDocument.type': { $in: toTypeValues(types) } }),
          },
        },
        // The fields of the entry are large and of no use to a subscriber.
        {
          $unset: ['targets', 'batch', 'ownerOf', 'key', 'renderings'].map(
            (field) => `fullDocument.${field}`,
          ),
        },
      ],
      {
        maxAwaitTimeMS: idleMs,
        batchSize,
        session,
        ...(after === undefined ? {} : { startAtOperationTime: toTimestamp(after) }),
      },
    );
    return stream;
  }
}

type EventStream = ChangeStream<EventDoc, ChangeStreamInsertDocument<EventDoc>>;

/** The cursor that the stream starts from. Undefined if its first event comes before. */
async function findFirstCursor(stream: EventStream, pending: Promise<unknown>): Promise<string | undefined> {
  let onToken: (token: unknown) => void = () => undefined;
  try {
    return await Promise.race([
      new Promise<string | undefined>((resolve) => {
        // The driver also announces the token of the first event, just before it returns the event. A reader
        // that got this token first would take the event for an old one. The event is returned before the
        // callback runs, because nothing is read in between.
        onToken = (token) => void setImmediate(() => resolve(toCursor(token)));
        stream.once(ChangeStream.RESUME_TOKEN_CHANGED, onToken);
      }),
      pending.then(() => undefined),
    ]);
  } finally {
    stream.off(ChangeStream.RESUME_TOKEN_CHANGED, onToken);
  }
}

function toFeedError(error: unknown, after: string | undefined): unknown {
  if (after !== undefined && error instanceof MongoServerError && historyLostCodes.has(error.code ?? 0)) {
    return invalidCursorError(error);
  }
  return toUnavailableError(error);
}

function invalidCursorError(cause?: unknown) {
  const message = 'lastEventId: this cursor is malformed or too old; list the events instead';
  return apiError('INVALID_INPUT', message, cause);
}

function toPosition(cursor: string): string {
  const position = positionFromCursor(cursor);
  if (position === undefined) throw invalidCursorError();
  return position;
}

/** The cluster time of a position, to start a change stream at. */
export function toTimestamp(position: string): Timestamp {
  const { seconds, increment } = clusterTimeFromPosition(position);
  return new Timestamp({ t: seconds, i: increment });
}

/** The position of an event of a change stream. */
export function toEventCursor({
  _id,
  documentKey,
}: Pick<ChangeStreamInsertDocument<EventDoc>, '_id' | 'documentKey'>): string | undefined {
  // The key of a sharded collection has the shard key before the id.
  return toCursor(_id, Object.keys(documentKey).length > 1);
}

/** The position of a resume token. */
export function toCursor(token: unknown, isSharded = false): string | undefined {
  return typeof token === 'object' && token !== null && '_data' in token && typeof token._data === 'string'
    ? positionFromToken(token._data, isSharded)
    : undefined;
}
