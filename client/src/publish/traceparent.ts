import type { ClientConfig } from '../options.ts';

/** Returns the trace context of a call. An event is published without one if the option throws. */
export function findTraceparent(config: ClientConfig): string | undefined {
  try {
    const given: unknown = config.traceparent();
    return typeof given === 'string' ? given : undefined;
  } catch (error) {
    config.log.warn({ err: error }, 'the option traceparent failed; publishing without a trace');
    return undefined;
  }
}
