import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import type { Tracer } from '../../server/src/domain/ports/tracing.ts';
import { createTracer } from '../../server/src/telemetry/tracing.ts';

export interface MemoryTracing extends Disposable {
  readonly tracer: Tracer;
  /** Finished spans, in the order of their ends. */
  readonly spans: readonly ReadableSpan[];
  /** The only finished span of this name. */
  find(name: string): ReadableSpan | undefined;
  clear(): void;
}

/** Registers the SDK of OpenTelemetry for this process, with an exporter that keeps spans in memory. */
export function startMemoryTracing(): MemoryTracing {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracer = createTracer();
  if (tracer === undefined) throw new Error('the SDK is not registered');
  return {
    tracer,
    get spans() {
      return exporter.getFinishedSpans();
    },
    find(name) {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name);
      if (found.length > 1) throw new Error(`${found.length} spans are named ${name}`);
      return found[0];
    },
    clear: () => exporter.reset(),
    [Symbol.dispose]: () => {
      trace.disable();
      context.disable();
    },
  };
}
