import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Short, and nothing that could break a log line, a header or a page that shows it. */
const saneId = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's `x-request-id`, so that a call can be followed over several services; a new one if theirs is no good. */
export function getRequestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && saneId.test(given) ? given : randomUUID();
}
