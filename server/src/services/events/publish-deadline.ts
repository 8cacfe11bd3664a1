import { TocsinError } from '../../domain/errors.ts';

/**
 * A publisher has its response after this time, ms. Less than the 10 s that the documentation promises, because
 * a busy process sends a response late.
 */
const publishTimeoutMs = 7_500;

/** An insert is not started with less time than this, ms: it would hardly end in time. */
export const minInsertMs = 1_000;

/** Seconds until a retry can succeed. A failover of the database takes some seconds. */
const retryAfterSeconds = 2;

/**
 * The least time of a publish call, ms. A caller with a shorter limit usually has its response in time, although
 * an insert is started only with enough time left.
 */
const minPublishMs = 2 * minInsertMs;

/**
 * Returns when a call has to end, from when it started. All in the time of `performance.now()`.
 *
 * @param callerDeadline when the caller stops waiting, if it says so
 */
export function toPublishDeadline(startedAt: number, callerDeadline = Number.POSITIVE_INFINITY): number {
  return Math.min(startedAt + publishTimeoutMs, Math.max(startedAt + minPublishMs, callerDeadline));
}

/** For `notStoredError`. */
export const tooSlowReason = 'the database responds too slowly';

/** The error of an event that was not stored. Its publisher can publish it again without a duplicate. */
export function notStoredError(reason: string, cause?: unknown): TocsinError {
  const message = `the event was not stored: ${reason}; publish it again in ${retryAfterSeconds} s`;
  return new TocsinError('UNAVAILABLE', message, { cause, retryAfterSeconds });
}

/** The error of an event whose insert may have reached the database although no reply arrived. */
export function mayBeStoredError(cause?: unknown): TocsinError {
  const message =
    'the database did not confirm the event, which may be stored; publish again with the same idempotency key';
  return new TocsinError('UNAVAILABLE', message, { cause, retryAfterSeconds });
}

/**
 * Waits until the deadline for work that precedes an insert. Returns at once if there is nothing to wait for.
 *
 * @param deadline in the time of `performance.now()`; Infinity waits for as long as the work takes
 */
export function beforeDeadline<T>(work: T | Promise<T>, deadline: number): T | Promise<T> {
  if (!(work instanceof Promise) || deadline === Number.POSITIVE_INFINITY) return work;
  return endBy(work, deadline, () => notStoredError(tooSlowReason));
}

/** Waits for a result until the deadline, and throws the given error then. */
export async function endBy<T>(work: Promise<T>, deadline: number, toError: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(toError()), Math.max(0, deadline - performance.now()));
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
