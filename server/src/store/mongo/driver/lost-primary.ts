import { MongoNetworkError, MongoServerError } from 'mongodb';

/** From the driver's specification of retryable writes (https://github.com/mongodb/specifications). */
const steppedDownCodes = new Set<unknown>([
  6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436,
]);

/**
 * Socket errors that the driver passes on as they are, after a write to a connection that has just closed.
 */
const brokenSocketCodes = new Set<unknown>(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ERR_STREAM_DESTROYED']);

/**
 * Whether the server of a call went away or stepped down as primary. The result of the call is unknown. The
 * driver retries only some of these errors. It does not retry reads on a primary that steps down, which carry
 * no retry label, nor writes to a socket that has just broken.
 */
export function isPrimaryLost(error: unknown): boolean {
  if (error instanceof MongoNetworkError) return true;
  if (error instanceof MongoServerError) return steppedDownCodes.has(error.code);
  return error instanceof Error && 'code' in error && brokenSocketCodes.has(error.code);
}
