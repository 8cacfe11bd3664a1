import { MongoServerError } from 'mongodb';

/** `BSONObjectTooLarge` of mongod, and its older code. */
const tooLargeCodes = new Set<unknown>([10334, 17419, 17420]);

/**
 * Whether a document or a command exceeds the limit of 16 MB. The driver throws a RangeError while it encodes
 * it, before it sends anything; smaller ones reach mongod, which rejects them.
 */
export function isDocumentTooLarge(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof MongoServerError && tooLargeCodes.has(error.code));
}
