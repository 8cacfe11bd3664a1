import { apiError, isTocsinError, type TocsinError } from '../../domain/errors.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { Publish } from './publish.ts';

/**
 * Logs an unexpected error and turns it into one for the publisher. Among the other events of a call, it reaches
 * no error handler that would log it.
 */
export function reportFaults(publish: Publish, log: Log): Publish {
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
