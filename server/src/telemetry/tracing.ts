import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span as OtelSpan,
  type SpanContext,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import type { RequestSpan, Span, TracedRequest, Tracer } from '../domain/ports/tracing.ts';
import { createScrubber } from './scrub.ts';

/**
 * Creates a tracer on the registered OpenTelemetry SDK; undefined without one. The parent of a span comes from its
 * request or event and not from the call stack, because attempts run hours later and in other processes. Spans are
 * activated for log lines only.
 */
export function createTracer(): Tracer | undefined {
  const tracer = trace.getTracer('tocsin');
  // Without an SDK every span is invalid. This span never ends, so it is never exported.
  const isTraced = isSpanContextValid(tracer.startSpan('probe', {}, ROOT_CONTEXT).spanContext());
  return isTraced ? toTracer(tracer) : undefined;
}

/**
 * Fields of a log line that is written within a span, by the names of OpenTelemetry. Timers and connections keep the
 * context in which they were opened, so a span that has ended counts as none.
 */
export function getTraceFields(): { readonly trace_id?: string; readonly span_id?: string } {
  const span = trace.getActiveSpan();
  if (span?.isRecording() !== true) return {};
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}

function toTracer(tracer: OtelTracer): Tracer {
  return {
    request: (request) => startRequest(tracer, request),
    publish({ appId, type, traceparent }) {
      const parent = toParentContext(traceparent);
      const attributes = {
        ...messaging('publish', 'create', type),
        'tocsin.app.id': appId,
        'tocsin.event.type': type,
      };
      const links = toLinks(findOtherTrace(parent));
      return toSpan(tracer.startSpan('publish', { kind: SpanKind.PRODUCER, attributes, links }, parent));
    },
    attempt({ event, deliveryId, webhookId, attemptCount }) {
      const parent = toParentContext(event.traceparent);
      // Without the URL, because it can be a credential.
      const attributes = {
        ...messaging('deliver', 'send', event.type),
        'messaging.destination.subscription.name': webhookId,
        'messaging.message.id': event.id,
        'http.request.method': 'POST',
        'tocsin.app.id': event.appId,
        'tocsin.event.type': event.type,
        'tocsin.event.id': event.id,
        'tocsin.delivery.id': deliveryId,
        'tocsin.webhook.id': webhookId,
        'tocsin.attempt': attemptCount + 1,
      };
      const links = toLinks(trace.getSpanContext(parent));
      return toSpan(tracer.startSpan('deliver', { kind: SpanKind.CLIENT, attributes, links }, parent));
    },
  };
}

/** The event type is the destination. It is not part of span names, because accounts define types of their own. */
function messaging(name: string, type: 'create' | 'send', destination: string): Attributes {
  return {
    'messaging.system': 'tocsin',
    'messaging.operation.name': name,
    'messaging.operation.type': type,
    'messaging.destination.name': destination,
  };
}

/** Methods that a span may name. Callers can send others, without a bound. */
const knownMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'QUERY',
]);

/** Paths of requests that match no route can be of any length, and contain a credential by mistake. */
const maxPathLength = 200;

const scrub = createScrubber([]);

function startRequest(tracer: OtelTracer, request: TracedRequest): RequestSpan {
  const isKnown = knownMethods.has(request.method);
  const name = isKnown ? request.method : 'HTTP';
  // An SDK that was loaded before us can instrument HTTP itself. Its span stands for the request then.
  const active = trace.getActiveSpan();
  if (active !== undefined) return toRequestSpan(active, name, { isOwn: false });
  const { route } = request;
  const attributes: Attributes = {
    'http.request.method': isKnown ? request.method : '_OTHER',
    'url.path': scrub(request.path).slice(0, maxPathLength),
    'url.scheme': request.scheme,
    ...(request.host === '' ? {} : { 'server.address': request.host }),
    ...(request.port === null ? {} : { 'server.port': request.port }),
    ...(route === undefined ? {} : { 'http.route': route }),
    'tocsin.request.id': request.id,
  };
  const options = { kind: SpanKind.SERVER, attributes };
  const spanName = route === undefined ? name : `${name} ${route}`;
  const span = tracer.startSpan(spanName, options, toParentContext(request.traceparent));
  return toRequestSpan(span, name, { isOwn: true });
}

function toRequestSpan(span: OtelSpan, method: string, { isOwn }: { readonly isOwn: boolean }): RequestSpan {
  const own = toSpan(span);
  return {
    ...own,
    end: isOwn ? own.end : () => {},
    setRoute(route) {
      span.setAttribute('http.route', route).updateName(`${method} ${route}`);
    },
    setBatchSize(events) {
      span.setAttributes({
        'messaging.system': 'tocsin',
        'messaging.operation.name': 'publish',
        'messaging.operation.type': 'send',
        'messaging.batch.message_count': events,
      });
    },
  };
}

function toSpan(span: OtelSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    run: (work) => context.with(trace.setSpan(context.active(), span), work),
    end(failure, attributes = {}) {
      span.setAttributes(attributes);
      if (failure !== undefined) {
        span.setAttribute('error.type', failure);
        span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
      }
      span.end();
    },
  };
}

function toLinks(spanContext: SpanContext | undefined): Link[] {
  return spanContext === undefined ? [] : [{ context: spanContext }];
}

/** The context of the request that is being handled, if it belongs to another trace than the parent. */
function findOtherTrace(parent: Context): SpanContext | undefined {
  const request = trace.getActiveSpan()?.spanContext();
  return request?.traceId === trace.getSpanContext(parent)?.traceId ? undefined : request;
}

/** Needs no validation: the transport accepts only valid values. */
function toParentContext(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = traceparent?.split('-') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}
