import { MongoBulkWriteError, MongoServerError, type WriteError } from 'mongodb';

const duplicateKeyCode = 11000;

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKeyCode;
}

/**
 * The positions of an unordered insertMany that were refused because their key exists. Rethrows when anything else
 * went wrong too: then the outcome of the batch is unknown.
 */
export function positionsOfDuplicates(error: unknown): number[] {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
  // The driver's type allows a single one for compatibility.
  const writeErrors: WriteError[] = [error.writeErrors].flat();
  if (writeErrors.some((writeError) => writeError.code !== duplicateKeyCode)) throw error;
  return writeErrors.map((writeError) => writeError.index);
}
