import type { ClientSession, MongoClient } from 'mongodb';
import { TocsinError } from '../../../domain/errors.ts';
import { callTimeoutMs } from './time-limits.ts';

/** A transaction is not started again after this time, so that its caller learns why before the call times out. */
const restartsForMs = 0.8 * callTimeoutMs;
const retryAfterSeconds = 2;

/**
 * Runs work in a transaction. Starts it again if it conflicts with another one. The driver does so for two minutes, and
 * would then commit a change whose failure was reported long ago.
 *
 * @param run - may run several times
 * @throws UNAVAILABLE if it still conflicts after 8 s
 */
export async function inTransaction<T>(
  client: MongoClient,
  run: (session: ClientSession) => Promise<T>,
  restartMs: number = restartsForMs,
): Promise<T> {
  const startedAt = performance.now();
  let isFirst = true;
  return await client.withSession((session) =>
    session.withTransaction(async () => {
      if (!isFirst && performance.now() - startedAt > restartMs) {
        const message = 'another change of the same data is not finished; try again';
        throw new TocsinError('UNAVAILABLE', message, { retryAfterSeconds });
      }
      isFirst = false;
      return await run(session);
    }),
  );
}
