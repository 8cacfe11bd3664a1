import { MongoNotConnectedError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { TocsinError } from '../../../domain/errors.ts';
import { isPrimaryLost } from './lost-primary.ts';

/** A failover takes some seconds; a caller that comes back sooner only meets it again. */
const retryAfterSeconds = 2;

const badValue = 2;

/** Whether the database could not be asked, as opposed to having refused. */
function isUnavailable(error: unknown): boolean {
  return (
    error instanceof MongoServerSelectionError ||
    error instanceof MongoNotConnectedError ||
    isPrimaryLost(error) ||
    (error instanceof MongoServerError && error.hasErrorLabel('RetryableWriteError'))
  );
}

/** A query that names an index, while that is still being built on a large collection. */
function isIndexMissing(error: unknown): boolean {
  return (
    error instanceof MongoServerError &&
    error.code === badValue &&
    error.message.includes('hint provided does not')
  );
}

function translated(error: unknown): unknown {
  if (isIndexMissing(error)) {
    const message = 'an index of the database is being built; try again';
    return new TocsinError('UNAVAILABLE', message, { cause: error, retryAfterSeconds });
  }
  if (!isUnavailable(error)) return error;
  const message = 'the database cannot be reached; try again';
  return new TocsinError('UNAVAILABLE', message, { cause: error, retryAfterSeconds });
}

/** How long one call may take, with the driver's own repetitions. Nothing that is asked of a store takes a second. */
const callMs = 10_000;

/**
 * Ends a call that the driver does not end: a write that is sent just as the database dies can wait for ever, since its
 * connection has closed before the driver listens for that (seen by killing mongod 12 ms after a delivery). What the
 * call did is unknown then, as after a broken connection.
 */
async function within<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `the database did not answer within ${callMs / 1000} s`;
    timer = setTimeout(() => reject(new TocsinError('UNAVAILABLE', message, { retryAfterSeconds })), callMs);
  });
  try {
    return await Promise.race([call, late]);
  } catch (error) {
    throw translated(error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A store whose calls all end, and whose callers are told UNAVAILABLE, retryable, where the database is away, instead of
 * a driver's error that they would have to take for a bug.
 */
export function withUnavailableErrors<TStore extends object>(store: TStore): TStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, args);
        return answer instanceof Promise ? within(answer) : answer;
      };
    },
  });
}
