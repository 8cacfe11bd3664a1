import type { ClientSession } from 'mongodb';
import type { Collections } from '../documents/collections.ts';

export interface LimitedInsert {
  readonly accountId: string;
  /** Undefined: no limit. */
  readonly limit: number | undefined;
  /** Counts what the account has, at most `limit` of it. */
  readonly count: (limit: number, session: ClientSession) => Promise<number>;
  readonly insert: (options: { readonly session?: ClientSession }) => Promise<unknown>;
}

/**
 * Inserts unless the account already has `limit`. Counts and inserts in one transaction, which also writes to
 * the account: calls that race for the last place conflict there, and no counter can drift.
 */
export async function insertWithinLimit(
  { accounts }: Pick<Collections, 'accounts'>,
  { accountId, limit, count, insert }: LimitedInsert,
): Promise<'inserted' | 'limit_reached'> {
  if (limit === undefined) {
    await insert({});
    return 'inserted';
  }
  if (limit === 0) return 'limit_reached';
  return await accounts.db.client.withSession((session) =>
    session.withTransaction(async (): Promise<'inserted' | 'limit_reached'> => {
      await accounts.updateOne({ _id: accountId }, { $inc: { inserts: 1 } }, { session });
      if ((await count(limit, session)) >= limit) {
        await session.abortTransaction();
        return 'limit_reached';
      }
      await insert({ session });
      return 'inserted';
    }),
  );
}
