import { isTocsinError } from '../../domain/errors.ts';
import type { Tracer } from '../../domain/ports/telemetry.ts';
import type { Publish } from './publish.ts';

/**
 * Puts a span around each publish. The event keeps the span's place instead of the caller's, so that whoever makes an
 * attempt, hours later and in another process, makes it part of the same trace.
 */
export function tracePublish(publish: Publish, tracer: Tracer): Publish {
  return async function tracedPublish(actor, publication) {
    const { appId, event: type, traceparent } = publication;
    const span = tracer.publish({ appId, type, traceparent });
    try {
      const published = await publish(actor, { ...publication, traceparent: span.traceparent });
      span.end(undefined, { 'tocsin.event.id': published.id, 'tocsin.deliveries': published.deliveries });
      return published;
    } catch (error) {
      span.end(isTocsinError(error) ? error.code : 'INTERNAL');
      throw error;
    }
  };
}
