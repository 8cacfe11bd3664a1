import {
  ChangeStream,
  MongoServerError,
  type ChangeStreamInsertDocument,
  type ClientSession,
  type Collection,
} from 'mongodb';
import { apiError } from '../../../domain/errors.ts';
import type { EventFeed, FeedItem, FeedQuery } from '../../../domain/ports/event-feed.ts';
import type { Collections } from '../documents/collections.ts';
import { toEvent, type EventDoc } from '../documents/event.ts';
import { toTypeValues } from '../driver/type-condition.ts';
import { toUnavailableError } from '../driver/unavailable.ts';

/** Maximum number of events that are read ahead. Bounds the memory of a slow reader. */
const batchSize = 100;

/** The oplog no longer reaches back to the cursor, or the cursor is not a resume token. */
const invalidCursorCodes = new Set<string | number>([286, 280, 260, 40647, 40649, 9, 15]);

/** The codes that mongod's parser of resume tokens has, which differ by what it finds. */
const isParserCode = (code: string | number | undefined) =>
  typeof code === 'number' && code >= 50_787 && code <= 50_860;

/** The form of a resume token: the type of the cluster time, its seconds, and everything else. */
const cursorForm = /^82([0-9A-F]{8})[0-9A-F]{8}[0-9A-F]+$/;

/**
 * Reads events from a change stream, in the order of their commits across all processes. Ids and timestamps
 * do not have this order: an event can commit after one with a higher id, and a reader that follows ids would
 * skip it.
 *
 * Cursors are resume tokens. Their text is the hexadecimal form of a MongoDB KeyString, which begins with the
 * cluster time, so tokens compare as text in the order of the stream.
 */
export class MongoEventFeed implements EventFeed {
  readonly #events: Collection<EventDoc>;

  /** @param events of a client of its own, because each read holds a connection most of the time */
  constructor({ events }: Pick<Collections, 'events'>) {
    this.#events = events;
  }

  async *read(query: FeedQuery, signal: AbortSignal): AsyncGenerator<FeedItem> {
    if (signal.aborted) return;
    // Without a session of ours, the driver ends its own session when the last batch arrives. If it has not yet sent the
    // command that closes the cursor, it then never sends it, and the cursor stays open for minutes.
    await using session = this.#events.db.client.startSession({ causalConsistency: false });
    const stream = this.#watch(query, session);
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= stream.close().catch(() => undefined));
    const onAbort = () => void close();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      let pending = stream.tryNext();
      const first = await findFirstCursor(stream, pending);
      if (first !== undefined) yield { cursor: first, event: undefined };
      while (!signal.aborted) {
        const change = await pending;
        const cursor = toCursor(change === null ? stream.resumeToken : change._id);
        if (cursor !== undefined)
          yield { cursor, event: change === null ? undefined : toEvent(change.fullDocument) };
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
    const seconds = cursorForm.exec(cursor)?.[1];
    return seconds === undefined ? undefined : Number.parseInt(seconds, 16) * 1000;
  }

  #watch({ filter: { accountId, appId, types }, after, idleMs }: FeedQuery, session: ClientSession) {
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
        ...(after === undefined ? {} : { resumeAfter: { _data: after } }),
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
  if (
    after !== undefined &&
    error instanceof MongoServerError &&
    (invalidCursorCodes.has(error.code ?? 0) || isParserCode(error.code))
  ) {
    return apiError(
      'INVALID_INPUT',
      'lastEventId: this cursor is malformed or too old; list the events instead',
      error,
    );
  }
  return toUnavailableError(error);
}

function toCursor(token: unknown): string | undefined {
  return typeof token === 'object' && token !== null && '_data' in token && typeof token._data === 'string'
    ? token._data
    : undefined;
}
