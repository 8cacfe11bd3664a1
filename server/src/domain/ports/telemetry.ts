import type { AttemptReason, DeliveryReason, DeliveryStatus } from '@tocsin/shared';
import type { AcceptedEvent } from '../event.ts';
import type { ClaimedDelivery } from './delivery-queue.ts';

/* Whom accepting and sending tell what they do. */

export interface ActivityRecorder {
  accepted(appId: string): void;
  finished(appId: string, status: DeliveryStatus, latencyMs: number): void;
}

/** What the engine and the services count. */
export interface Meter {
  /** One insert's worth, and how long the database took for it. */
  accepted(count: number, durationMs: number): void;
  attempt(reason: AttemptReason | null, durationMs: number): void;
  finished(status: DeliveryStatus, reason: DeliveryReason | null, sinceAcceptedMs: number): void;
  fenced(count: number): void;
  batch(kind: 'accept' | 'record' | 'claim', size: number): void;
}

/**
 * Spans of a trace, from a publish to the attempts of its deliveries. A process that is not traced has no tracer at all,
 * so that nothing is made for an event.
 */
export interface Tracer {
  /** Under the publisher's own span, where it told one. */
  publish(publication: Pick<AcceptedEvent, 'appId' | 'type' | 'traceparent'>): Span;
  /** Under the span of the publish, which the event keeps, however long ago that was. */
  attempt(delivery: ClaimedDelivery): Span;
}

export interface Span {
  /** Its place in the trace, as W3C Trace Context writes it. */
  readonly traceparent: string;
  /** `failure` is a code of ours, never a message; undefined when all went well. */
  end(failure: string | undefined, attributes?: Readonly<Record<string, string | number>>): void;
}
