import type { AcceptedEvent } from '../event.ts';
import type { DueDelivery } from './delivery-queue.ts';

/**
 * Creates the spans of a trace, from a request to the attempts of its deliveries. Absent when tracing is off.
 */
export interface Tracer {
  /** Starts a span of an HTTP request, as a child of the caller's own span if it sent one. */
  request(request: TracedRequest): RequestSpan;
  /**
   * Starts a span of one event, as a child of the event's own `traceparent`, or of the request if it has none. An event
   * of another trace than its request has a link to the request.
   */
  publish(publication: Pick<AcceptedEvent, 'appId' | 'type' | 'traceparent'>): Span;
  /** Starts a span as a child of the publish span, which is stored with the event. */
  attempt(delivery: DueDelivery): Span;
}

/** What a span says of an HTTP request. It has no query and no header, because both can contain credentials. */
export interface TracedRequest {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** The pattern of the path. Undefined if no route matches. */
  readonly route: string | undefined;
  readonly scheme: string;
  readonly host: string;
  readonly port: number | null;
  readonly traceparent: string | undefined;
}

export interface Span {
  /** W3C Trace Context. */
  readonly traceparent: string;
  /** Runs work within the span: its log lines carry the ids of the span. */
  run<T>(work: () => T): T;
  /** `failure` is a reason code, never a message; undefined on success. */
  end(failure: string | undefined, attributes?: Readonly<Record<string, string | number>>): void;
}

export interface RequestSpan extends Span {
  /** Replaces the route by a more precise one, which must be one of few. */
  setRoute(route: string): void;
  /** Records that the request publishes several events. */
  setBatchSize(events: number): void;
}
