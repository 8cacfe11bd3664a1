import { MongoServerError, type Collection, type Document } from 'mongodb';
import { duplicateKeyCode } from './duplicate-key.ts';
import { isPrimaryLost } from './lost-primary.ts';

interface InsertReply {
  readonly writeErrors?: readonly {
    readonly index: number;
    readonly code: number;
    readonly errmsg: string;
  }[];
  readonly writeConcernError?: { readonly code: number; readonly errmsg: string };
}

/**
 * One `insert` command that waits for a majority. Answers the positions that were refused because their key exists; with
 * `ordered`, nothing after the first of them was tried. Throws where the outcome is unknown.
 *
 * Not `insertMany`: the driver's bulk writes took 7 % of the server's CPU samples under load (2026-11-24), half of it to
 * measure each document before it is encoded. What they do for us besides, one more try on a new primary, is done here; a
 * second try may meet what the first one stored, so callers must know their own documents by id.
 */
export async function insertDocuments<TDoc extends Document>(
  collection: Collection<TDoc>,
  documents: readonly TDoc[],
  { ordered }: { readonly ordered: boolean },
): Promise<number[]> {
  const attempt = async () => {
    const { collectionName: insert, db } = collection;
    const command = { insert, documents, ordered, writeConcern: { w: 'majority' } };
    return positionsOfDuplicates(await db.command(command, { ignoreUndefined: true }));
  };
  try {
    return await attempt();
  } catch (error) {
    if (!isPrimaryLost(error)) throw error;
    return await attempt();
  }
}

function positionsOfDuplicates({ writeErrors = [], writeConcernError }: InsertReply): number[] {
  if (writeConcernError !== undefined) throw new MongoServerError(writeConcernError);
  const other = writeErrors.find((error) => error.code !== duplicateKeyCode);
  if (other !== undefined) throw new MongoServerError(other);
  return writeErrors.map((error) => error.index);
}
