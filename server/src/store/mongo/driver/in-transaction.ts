import type { ClientSession, MongoClient } from 'mongodb';
import { TocsinError } from '../../../domain/errors.ts';
import { callTimeoutMs } from './time-limits.ts';

/** A transaction is not started after this time, so that its caller learns why before the call times out. */
export const restartsForMs = 0.8 * callTimeoutMs;
const retryAfterSeconds = 2;

/**
 * Runs work in a transaction. Starts it again if it conflicts with another one. The driver does so for two minutes, and
 * would then commit a change whose failure was reported long ago.
 *
 * @param run - may run several times
 * @param until - time of `performance.now()`, after which it is not started again
 * @throws UNAVAILABLE if it is not committed until then
 */
export async function inTransaction<T>(
  client: MongoClient,
  run: (session: ClientSession) => Promise<T>,
  until: number = performance.now() + restartsForMs,
): Promise<T> {
  return await client.withSession((session) =>
    session.withTransaction(async () => {
      if (performance.now() > until) {
        const message = 'another change of the same data is not finished; try again';
        throw new TocsinError('UNAVAILABLE', message, { retryAfterSeconds });
      }
      return await run(session);
    }),
  );
}
