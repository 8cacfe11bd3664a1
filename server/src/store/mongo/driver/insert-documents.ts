import { MongoServerError, type Collection, type Document } from 'mongodb';
import { duplicateKeyCode } from './duplicate-key.ts';
import { isPrimaryLost } from './lost-primary.ts';
import { storeLimits } from './time-limits.ts';

export interface InsertDocumentsOptions {
  /** Whether the documents after the first rejected one are left out. */
  readonly ordered: boolean;
  /**
   * When mongod ends the insert, in the time of `performance.now()`. A write that is applied long after its
   * caller gave up would surprise it.
   *
   * @default the time limit of writes
   */
  readonly deadline?: number | undefined;
}

interface InsertReply {
  readonly writeErrors?: readonly {
    readonly index: number;
    readonly code: number;
    readonly errmsg: string;
  }[];
  readonly writeConcernError?: { readonly code: number; readonly errmsg: string };
}

/**
 * Runs one `insert` command and waits for a majority. Returns the positions of documents whose unique key
 * exists. With `ordered`, the documents after the first of them were not inserted. Throws if the result is
 * unknown.
 *
 * Replaces `insertMany` of the driver, which measures each document before it encodes it and is too slow for
 * the hot path. Retries once on a new primary, like the driver. The retry can find documents of the first
 * try, so callers must recognize their own documents by id.
 */
export async function insertDocuments<TDoc extends Document>(
  collection: Collection<TDoc>,
  documents: readonly TDoc[],
  { ordered, deadline = performance.now() + storeLimits.write }: InsertDocumentsOptions,
): Promise<number[]> {
  const attempt = async () => {
    const { collectionName: insert, db } = collection;
    // The caller's remaining time. mongod rejects 0 and fractions.
    const maxTimeMS = Math.max(1, Math.ceil(deadline - performance.now()));
    const command = { insert, documents, ordered, writeConcern: { w: 'majority' }, maxTimeMS };
    return toDuplicatePositions(await db.command(command, { ignoreUndefined: true }));
  };
  try {
    return await attempt();
  } catch (error) {
    if (!isPrimaryLost(error) || performance.now() >= deadline) throw error;
    return await attempt();
  }
}

function toDuplicatePositions({ writeErrors = [], writeConcernError }: InsertReply): number[] {
  if (writeConcernError !== undefined) throw new MongoServerError(writeConcernError);
  const other = writeErrors.find((error) => error.code !== duplicateKeyCode);
  if (other !== undefined) throw new MongoServerError(other);
  return writeErrors.map((error) => error.index);
}
