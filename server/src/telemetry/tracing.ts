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
 * The tracer over whatever OpenTelemetry SDK was registered before; undefined when none was. Contexts are passed by hand:
 * the place of a span comes with its event and not from the call stack, so nothing has to follow asynchronous calls.
 */
export function createTracer(): Tracer | undefined {
  const tracer = trace.getTracer('tocsin');
  // Without an SDK every span is the same empty one. This one is never ended, so it is never exported.
  const isTraced = isSpanContextValid(tracer.startSpan('probe', {}, ROOT_CONTEXT).spanContext());
  return isTraced ? tracerOver(tracer) : undefined;
}

function tracerOver(tracer: OtelTracer): Tracer {
  const start = (name: string, kind: SpanKind, traceparent: string | undefined, attributes: Attributes) =>
    toSpan(tracer.startSpan(name, { kind, attributes }, toParentContext(traceparent)));
  return {
    publish: ({ appId, type, traceparent }) =>
      start('publish', SpanKind.PRODUCER, traceparent, { 'tocsin.app.id': appId, 'tocsin.event.type': type }),
    // No address: a webhook's URL can be a credential.
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

/** The transport let only valid ones in, and we write no others. */
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
