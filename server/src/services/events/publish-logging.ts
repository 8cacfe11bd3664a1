import type { Log } from '../../domain/ports/runtime.ts';
import type { Publish } from './publish.ts';

/**
 * Logs which request published which event, to trace a response's `x-request-id` to its deliveries. For debug
 * logs.
 */
export function logPublish(publish: Publish, log: Log): Publish {
  return async function loggedPublish(actor, publication) {
    const published = await publish(actor, publication);
    const { appId, event: type, requestId } = publication;
    log.debug(
      { requestId, eventId: published.id, appId, type, deliveries: published.deliveries },
      'published',
    );
    return published;
  };
}
