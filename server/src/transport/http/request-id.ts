import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Short, and safe in log lines, headers and HTML. */
const validId = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Returns the caller's `x-request-id`, which links the logs of several services, or a new id if it is not
 * valid.
 */
export function getRequestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && validId.test(given) ? given : randomUUID();
}
