import {
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { TocsinError } from '../../domain/errors.ts';

/** A failover takes some seconds; a caller that comes back sooner only meets it again. */
const retryAfterSeconds = 2;

/** Whether the database could not be asked, as opposed to having refused. */
function isUnavailable(error: unknown): boolean {
  return (
    error instanceof MongoServerSelectionError ||
    error instanceof MongoNetworkError ||
    error instanceof MongoNotConnectedError ||
    error instanceof MongoOperationTimeoutError ||
    // Stepping down, recovering, shutting down: the driver has tried again by itself and met the same.
    (error instanceof MongoServerError && error.hasErrorLabel('RetryableWriteError'))
  );
}

function translated(error: unknown): unknown {
  if (!isUnavailable(error)) return error;
  const message = 'the database cannot be reached; try again';
  return new TocsinError('UNAVAILABLE', message, { cause: error, retryAfterSeconds });
}

/**
 * A store whose callers are told UNAVAILABLE, retryable, where the database is away, instead of a driver's error that
 * they would have to take for a bug.
 */
export function sayingUnavailable<TStore extends object>(store: TStore): TStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, args);
        return answer instanceof Promise
          ? answer.catch((error: unknown) => {
              throw translated(error);
            })
          : answer;
      };
    },
  });
}
