import type { ChangeStream, ChangeStreamInsertDocument, Collection } from 'mongodb';
import { MongoServerError } from 'mongodb';
import { apiError } from '../../../domain/errors.ts';
import type { FeedBatch, FeedEntry } from '../../../domain/ports/feed-log.ts';
import type { EventDoc } from '../documents/event.ts';
import { toUnavailableError } from '../driver/unavailable.ts';
import { historyLostCodes, toCursor, toEventCursor, toTimestamp } from '../events/event-feed.ts';

/** Events that mongod sends at once, and that one batch has at most. */
const batchSize = 2_000;

/** How long mongod waits for an event, and how often the position advances without one. */
const idleMs = 500;

type Change = ChangeStreamInsertDocument<EventDoc>;

/**
 * Yields what the log records of each event, in the order of the commits. A stream without the content of events, so
 * that the log costs little.
 *
 * @throws INVALID_INPUT if the oplog does not reach back to the position
 */
export async function* tailEvents(
  events: Collection<EventDoc>,
  after: string,
  signal: AbortSignal,
): AsyncGenerator<FeedBatch> {
  if (signal.aborted) return;
  await using session = events.db.client.startSession({ causalConsistency: false });
  const stream: ChangeStream<EventDoc, Change> = events.watch(
    [
      { $match: { operationType: 'insert', 'fullDocument.tombstone': { $exists: false } } },
      {
        $project: {
          documentKey: 1,
          'fullDocument._id': 1,
          'fullDocument.appId': 1,
          'fullDocument.accountId': 1,
          'fullDocument.type': 1,
        },
      },
    ],
    { maxAwaitTimeMS: idleMs, batchSize, session, startAtOperationTime: toTimestamp(after) },
  );
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
    const { _id: id, appId, accountId, type } = change.fullDocument;
    entries.push({ id, appId, accountId, type, position });
  } while (entries.length < batchSize && stream.bufferedCount() > 0);
  return { entries, position };
}
