import type { ClientSession } from 'mongodb';
import type { Collections } from '../documents/collections.ts';

export interface AccountRoom {
  readonly accountId: string;
  /** Undefined: no limit. */
  readonly limit: number | undefined;
  /** Counts what the account has, at most `limit` of it. */
  readonly count: (limit: number, session: ClientSession) => Promise<number>;
}

/**
 * Whether an account has fewer than `limit` of what `count` counts. Call it in the transaction that inserts
 * another one. It also writes to the account, so that calls that race for the last place conflict there. No
 * counter can drift, because none is stored.
 */
export async function hasRoom(
  { accounts }: Pick<Collections, 'accounts'>,
  { accountId, limit, count }: AccountRoom,
  session: ClientSession,
): Promise<boolean> {
  if (limit === undefined) return true;
  if (limit === 0) return false;
  await accounts.updateOne({ _id: accountId }, { $inc: { inserts: 1 } }, { session });
  return (await count(limit, session)) < limit;
}
