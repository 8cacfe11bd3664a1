import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

export interface OtlpOptions {
  /** Without `/v1/traces`. */
  readonly endpoint: string;
  readonly serviceName: string;
}

/** Well below the time that a drain has: a collector that is away must not hold up the end of the process. */
const exportWithinMs = 3_000;

/**
 * Sends spans to a collector by OTLP over HTTP. Registered for the whole process, unless somebody did so before (an SDK
 * loaded by `node --import`). Only imported when it is wanted: the SDK is larger than the rest of the server.
 */
export function startOtlp({ endpoint, serviceName }: OtlpOptions): { stop(): Promise<void> } {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: exportWithinMs,
  });
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(resourceFromAttributes({ 'service.name': serviceName })),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: exportWithinMs })],
  });
  trace.setGlobalTracerProvider(provider);
  return { stop: () => provider.shutdown() };
}
