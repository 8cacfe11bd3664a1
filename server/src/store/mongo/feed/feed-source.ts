import {
  MongoServerError,
  type ChangeStream,
  type ChangeStreamInsertDocument,
  type ClientSession,
  type Collection,
} from 'mongodb';
import { apiError } from '../../../domain/errors.ts';
import type { FeedBatch, FeedEntry, FeedSource } from '../../../domain/ports/feed-log.ts';
import type { Collections } from '../documents/collections.ts';
import type { EventDoc } from '../documents/event.ts';
import { toUnavailableError } from '../driver/unavailable.ts';
import { historyLostCodes, toCursor, toEventCursor, toTimestamp } from '../events/event-feed.ts';

/** Events that mongod sends at once, and that one batch has at most. */
const batchSize = 2_000;

/** How long mongod waits for an event, and how often the position advances without one. */
const idleMs = 500;

type Change = ChangeStreamInsertDocument<EventDoc>;

/** What the feed log is written from: a change stream without the content of events, so that the log costs little. */
export class MongoFeedSource implements FeedSource {
  readonly #events: Collection<EventDoc>;

  /** @param events of a client of its own, because the stream holds a connection most of the time */
  constructor({ events }: Pick<Collections, 'events'>) {
    this.#events = events;
  }

  async *tail(after: string, signal: AbortSignal): AsyncGenerator<FeedBatch> {
    if (signal.aborted) return;
    await using session = this.#events.db.client.startSession({ causalConsistency: false });
    const stream = this.#watch(after, session);
    const close = () => void stream.close().catch(() => undefined);
    signal.addEventListener('abort', close, { once: true });
    try {
      let position = after;
      while (!signal.aborted) {
        const batch = await readBatch(stream, position);
        position = batch.position;
        yield batch;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof MongoServerError && historyLostCodes.has(error.code ?? 0)) {
        throw apiError('INVALID_INPUT', 'the oplog does not reach back to the position', error);
      }
      throw toUnavailableError(error);
    } finally {
      signal.removeEventListener('abort', close);
      await stream.close().catch(() => undefined);
    }
  }

  #watch(after: string, session: ClientSession): ChangeStream<EventDoc, Change> {
    return this.#events.watch<EventDoc, Change>(
      [
        { $match: { operationType: 'insert', 'fullDocument.tombstone': { $exists: false } } },
        { $project: { documentKey: 1, fullDocument: { appId: 1, accountId: 1, type: 1 } } },
      ],
      { maxAwaitTimeMS: idleMs, batchSize, session, startAtOperationTime: toTimestamp(after) },
    );
  }
}

/** Waits for an event, and takes those that mongod has sent with it. */
async function readBatch(stream: ChangeStream<EventDoc, Change>, after: string): Promise<FeedBatch> {
  const entries: FeedEntry[] = [];
  let position = after;
  do {
    const change = await stream.tryNext();
    const next = change === null ? toCursor(stream.resumeToken) : toEventCursor(change);
    if (next === undefined || next <= position) {
      if (change === null) break;
      continue;
    }
    position = next;
    if (change === null) break;
    const { appId, accountId, type } = change.fullDocument;
    entries.push({ id: change.documentKey._id, appId, accountId, type, position });
  } while (entries.length < batchSize && stream.bufferedCount() > 0);
  return { entries, position };
}
