import type { MongoClient } from 'mongodb';
import { storeLimits } from './time-limits.ts';

/** The name under which Tocsin connects to MongoDB. */
export const applicationName = 'tocsin';

/** An open transaction, as `$currentOp` shows it between two of its operations. */
interface IdleTransaction {
  readonly lsid: { readonly id: unknown };
}

/**
 * Ends open transactions of Tocsin that have waited for their process for `idleMs`. mongod would keep their locks until
 * `transactionLifetimeLimitSeconds`. A process that is only slow starts its transaction again.
 *
 * Needs no role: users may see and end their own sessions.
 *
 * @returns how many were ended
 */
export async function endAbandonedTransactions(client: MongoClient, idleMs: number): Promise<number> {
  const admin = client.db('admin');
  const idle = await admin
    .aggregate<IdleTransaction>(
      [
        { $currentOp: { allUsers: false, idleSessions: true, idleConnections: false } },
        {
          $match: {
            type: 'idleSession',
            appName: applicationName,
            'transaction.timeInactiveMicros': { $gte: idleMs * 1_000 },
          },
        },
        { $project: { lsid: 1 } },
      ],
      { maxTimeMS: storeLimits.read },
    )
    .toArray();
  if (idle.length > 0) {
    const killSessions = idle.map(({ lsid: { id } }) => ({ id }));
    await admin.command({ killSessions, maxTimeMS: storeLimits.write });
  }
  return idle.length;
}
