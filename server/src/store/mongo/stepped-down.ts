import { MongoServerError } from 'mongodb';

/** From the driver's specification of retryable writes (https://github.com/mongodb/specifications). */
const codes = new Set<unknown>([6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** The server was there but is no primary any more, or goes down. Reads that meet it have no label that says so. */
export function isSteppedDown(error: unknown): boolean {
  return error instanceof MongoServerError && codes.has(error.code);
}
