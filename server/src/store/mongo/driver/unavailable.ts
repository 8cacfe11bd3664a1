import {
  MongoClientClosedError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import { TocsinError } from '../../../domain/errors.ts';
import { isPrimaryLost } from './lost-primary.ts';
import { callTimeoutMs } from './time-limits.ts';

/** A failover takes some seconds. An earlier retry fails again. */
const retryAfterSeconds = 2;

const badValue = 2;
const maxTimeExpired = 50;

/**
 * Codes of a database that cannot do its work at the moment, whatever the operation: the operation was killed
 * (11601), a majority does not confirm a write (64, 79, 100), a member for the read preference is missing (133), or
 * the disk is full (14031).
 */
const outOfServiceCodes = new Set<unknown>([64, 79, 100, 133, 11601, 14031]);

const unavailableErrors = [
  MongoServerSelectionError,
  MongoNotConnectedError,
  // While this process shuts down.
  MongoTopologyClosedError,
  MongoClientClosedError,
];

/**
 * Whether the database was out of reach or out of service. Errors that a single operation causes, such as a
 * document above the size limit, are none.
 */
function isUnavailable(error: unknown): boolean {
  if (unavailableErrors.some((kind) => error instanceof kind) || isPrimaryLost(error)) return true;
  return (
    error instanceof MongoServerError &&
    (outOfServiceCodes.has(error.code) || error.hasErrorLabel('RetryableWriteError'))
  );
}

/** Whether a query hinted an index that is still being built. */
export function isIndexMissing(error: unknown): boolean {
  return (
    error instanceof MongoServerError &&
    error.code === badValue &&
    error.message.includes('hint provided does not')
  );
}

/**
 * Whether mongod ended an operation at its time limit. A write that was only waiting for its replication is
 * applied, so its result is unknown.
 */
function isOverTimeLimit(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === maxTimeExpired;
}

/** Converts an error of the connection to UNAVAILABLE. Returns other errors unchanged. */
export function toUnavailableError(error: unknown): unknown {
  if (isOverTimeLimit(error)) {
    const message =
      'the database stopped the operation at its time limit; narrow the filter of a list, for example by app or time. A write may have been stored';
    return new TocsinError('UNAVAILABLE', message, { cause: error, retryAfterSeconds });
  }
  if (isIndexMissing(error)) {
    const message = 'an index of the database is being built; try again';
    return new TocsinError('UNAVAILABLE', message, { cause: error, retryAfterSeconds });
  }
  if (!isUnavailable(error)) return error;
  const message = 'the database cannot be reached; try again';
  return new TocsinError('UNAVAILABLE', message, { cause: error, retryAfterSeconds });
}

/** A timer that fires later than this shows that the process was blocked, ms. */
const blockedMs = 100;

/**
 * Rejects if a call takes too long. The driver can wait forever for a write that it sends just as the
 * database dies, because it misses the close of the connection. The result of the call is then unknown, as
 * after a broken connection.
 *
 * A process that was suspended or blocked finds its timers expired before it reads the replies that have
 * arrived in the meantime. A call therefore gets back, once, the time by which its timer is late.
 */
async function withTimeout<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const giveUp = () => {
      const message = `the database did not respond within ${callTimeoutMs / 1000} s`;
      reject(new TocsinError('UNAVAILABLE', message, { retryAfterSeconds }));
    };
    const startedAt = performance.now();
    timer = setTimeout(() => {
      const lateMs = performance.now() - startedAt - callTimeoutMs;
      if (lateMs < blockedMs) giveUp();
      else timer = setTimeout(giveUp, Math.min(lateMs, callTimeoutMs));
    }, callTimeoutMs);
  });
  try {
    return await Promise.race([call, timeout]);
  } catch (error) {
    throw toUnavailableError(error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Wraps a store: every asynchronous call times out after 10 s, and connection errors become a retryable
 * UNAVAILABLE error instead of an internal one.
 */
export function withUnavailableErrors<TStore extends object>(store: TStore): TStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, args);
        return result instanceof Promise ? withTimeout(result) : result;
      };
    },
  });
}
