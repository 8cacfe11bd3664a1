import type { FastifyRequest } from 'fastify';

/** Whole milliseconds, at most some days. */
const format = /^[0-9]{1,9}$/;

/**
 * Returns when the caller of a request stops waiting, by the header `tocsin-timeout-ms`, in the time of
 * `performance.now()`. Undefined without a valid header.
 */
export function getCallDeadline(request: Pick<FastifyRequest, 'headers' | 'checkedMs'>): number | undefined {
  const given = request.headers['tocsin-timeout-ms'];
  if (typeof given !== 'string' || !format.test(given)) return undefined;
  return performance.now() - request.checkedMs + Number(given);
}
