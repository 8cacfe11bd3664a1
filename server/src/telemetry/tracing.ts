import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Tracer as OtelTracer,
} from '@opentelemetry/api';
import type { Span, Tracer } from '../domain/ports/telemetry.ts';

/**
 * Creates a tracer on the registered OpenTelemetry SDK; undefined without one. Contexts are passed
 * explicitly: a span's parent comes from its event and not from the call stack, so asynchronous calls need
 * not be tracked.
 */
export function createTracer(): Tracer | undefined {
  const tracer = trace.getTracer('tocsin');
  // Without an SDK every span is invalid. This span never ends, so it is never exported.
  const isTraced = isSpanContextValid(tracer.startSpan('probe', {}, ROOT_CONTEXT).spanContext());
  return isTraced ? toTracer(tracer) : undefined;
}

function toTracer(tracer: OtelTracer): Tracer {
  const start = (name: string, kind: SpanKind, traceparent: string | undefined, attributes: Attributes) =>
    toSpan(tracer.startSpan(name, { kind, attributes }, toParentContext(traceparent)));
  return {
    publish: ({ appId, type, traceparent }) =>
      start('publish', SpanKind.PRODUCER, traceparent, { 'tocsin.app.id': appId, 'tocsin.event.type': type }),
    // Without the URL, because it can be a credential.
    attempt: ({ event, deliveryId, webhookId, attemptCount }) =>
      start('deliver', SpanKind.CLIENT, event.traceparent, {
        'tocsin.app.id': event.appId,
        'tocsin.event.type': event.type,
        'tocsin.event.id': event.id,
        'tocsin.delivery.id': deliveryId,
        'tocsin.webhook.id': webhookId,
        'tocsin.attempt': attemptCount + 1,
      }),
  };
}

function toSpan(span: ReturnType<OtelTracer['startSpan']>): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
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
