import type { FastifyRequest } from 'fastify';

/** W3C Trace Context: version, trace id, span id, flags. Later versions may append fields. */
const format =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]*)?$/;

/** The value is stored, so its length is limited. Leaves room for the fields of later versions. */
const maxLength = 128;

/**
 * Returns the trace context in which a request publishes: its span's own, or the caller's when tracing is off.
 */
export function getTraceparent(request: FastifyRequest): string | undefined {
  return request.span?.traceparent ?? readTraceparent(request);
}

/** Returns the caller's trace context. Ignores an invalid header, as the standard requires. */
export function readTraceparent(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  return toTraceparent(request.headers['traceparent']);
}

/** Returns a trace context if it is valid. An event is never rejected because of its trace. */
export function toTraceparent(given: unknown): string | undefined {
  return typeof given === 'string' && given.length <= maxLength && format.test(given) ? given : undefined;
}
