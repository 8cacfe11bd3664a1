import { MongoNetworkError, MongoServerError } from 'mongodb';

/** From the driver's specification of retryable writes (https://github.com/mongodb/specifications). */
const steppedDownCodes = new Set<unknown>([
  6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436,
]);

/** What a socket says of itself; the driver passes it on as it is where it wrote before it heard of the end. */
const brokenSocketCodes = new Set<unknown>(['EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ERR_STREAM_DESTROYED']);

/**
 * The server that was asked went away, or is no primary any more. Whether it did what it was asked is unknown. The driver
 * tries some of these again by itself, and some it never does: reads that meet a primary which steps down (they carry no label
 * that says so), and a socket that broke before it knew (seen by killing a primary beside a busy process: its EPIPE was
 * answered as a bug of ours).
 */
export function isPrimaryLost(error: unknown): boolean {
  if (error instanceof MongoNetworkError) return true;
  if (error instanceof MongoServerError) return steppedDownCodes.has(error.code);
  return error instanceof Error && 'code' in error && brokenSocketCodes.has(error.code);
}
