import { MongoBulkWriteError, MongoServerError, type WriteError } from 'mongodb';

const duplicateKeyCode = 11000;

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKeyCode;
}

/**
 * The positions of an unordered insertMany that were refused because their key exists. Rethrows anything else: then the
 * outcome of the batch is unknown. The driver wraps a broken connection in the same error, with no write errors in it,
 * so an empty list is no success.
 */
export function positionsOfDuplicates(error: unknown): number[] {
  if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
  // The driver's type allows a single one for compatibility.
  const writeErrors: WriteError[] = [error.writeErrors].flat();
  const isAllDuplicates = writeErrors.every((writeError) => writeError.code === duplicateKeyCode);
  if (error.code !== duplicateKeyCode || writeErrors.length === 0 || !isAllDuplicates) throw error;
  return writeErrors.map((writeError) => writeError.index);
}
