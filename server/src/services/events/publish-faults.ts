import { apiError, isTocsinError, type TocsinError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports/runtime.ts';

/** A function that publishes one event for an actor. */
type PublishOne<TActor, TPublication, TResult> = (
  actor: TActor,
  publication: TPublication,
) => Promise<TResult>;

/** The parts of an event that identify it in the log. */
interface LoggedFields {
  readonly appId: string;
  readonly requestId?: string | undefined;
}

/**
 * Logs an unexpected error and turns it into one for the publisher. Among the other events of a call, it reaches
 * no error handler that would log it.
 */
export function reportFaults<TActor, TPublication extends LoggedFields, TResult>(
  publish: PublishOne<TActor, TPublication, TResult>,
  log: Log,
): PublishOne<TActor, TPublication, TResult> {
  return async function reportedPublish(actor, publication) {
    try {
      return await publish(actor, publication);
    } catch (error) {
      if (isTocsinError(error)) throw error;
      const { appId, requestId } = publication;
      log.error({ err: error, appId, requestId }, 'an event could not be published');
      throw unexpectedError(error);
    }
  };
}

/** The error of an event for which something unexpected failed. */
export function unexpectedError(cause: unknown): TocsinError {
  return apiError('INTERNAL', 'an unexpected error occurred; search the logs for the request id', cause);
}
