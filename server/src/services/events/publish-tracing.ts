import { isTocsinError } from '../../domain/errors.ts';
import type { Tracer } from '../../domain/ports/tracing.ts';
import type { Publish } from './publish.ts';

/**
 * Wraps each publish in a span. The event stores the context of this span instead of the caller's, so that
 * later attempts, also in other processes, join the same trace.
 */
export function tracePublish(publish: Publish, tracer: Tracer): Publish {
  return async function tracedPublish(actor, publication) {
    const { appId, event: type, traceparent } = publication;
    const span = tracer.publish({ appId, type, traceparent });
    try {
      const traced = { ...publication, traceparent: span.traceparent };
      const published = await span.run(() => publish(actor, traced));
      span.end(undefined, {
        'messaging.message.id': published.id,
        'tocsin.event.id': published.id,
        'tocsin.deliveries': published.deliveries,
      });
      return published;
    } catch (error) {
      span.end(isTocsinError(error) ? error.code : 'INTERNAL');
      throw error;
    }
  };
}
