import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

export interface OtlpOptions {
  /** Base URL, without `/v1/traces`. */
  readonly endpoint: string;
  readonly serviceName: string;
}

/** Less than the time of a graceful shutdown, so that an unavailable collector does not delay it. */
const exportTimeoutMs = 3_000;

/**
 * Starts an OpenTelemetry SDK that sends spans to a collector by OTLP over HTTP. It is registered for the
 * whole process. Import this module only when it is used: the SDK is larger than the rest of the server.
 */
export function startOtlp({ endpoint, serviceName }: OtlpOptions): { stop(): Promise<void> } {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: exportTimeoutMs,
  });
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': serviceName })),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: exportTimeoutMs })],
  });
  trace.setGlobalTracerProvider(provider);
  // Log lines take their ids from it.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return { stop: () => provider.shutdown() };
}
