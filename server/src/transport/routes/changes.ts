import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { LiveChanges } from '../../services/changes/live-changes.ts';
import type { Authenticate } from '../http/authentication-hook.ts';

export interface ChangesRouteDeps {
  readonly changes: Pick<LiveChanges, 'subscribe'>;
  readonly authenticate: Authenticate;
  /** Aborts at graceful shutdown, and ends the streams. */
  readonly closing: AbortSignal;
}

/**
 * `GET /session/changes`: a stream of server-sent events for the admin UI, which says what kinds of data changed, and
 * has none of the data itself. The UI then reads what it shows again.
 */
export function registerChanges(app: FastifyInstance, deps: ChangesRouteDeps): void {
  app.get('/session/changes', { schema: { hide: true } }, async (request, reply) => {
    const gone = new AbortController();
    request.raw.once('close', () => gone.abort());
    reply.raw.once('close', () => gone.abort());
    const notices = deps.changes.subscribe({
      authenticate: async () => await deps.authenticate(request),
      signal: AbortSignal.any([gone.signal, deps.closing]),
    });
    // Before the response begins, so that a rejection has a status.
    const first = await notices.next();
    reply.header('content-type', 'text/event-stream').header('x-accel-buffering', 'no');
    return await reply.send(Readable.from(toEvents(first.done === true ? undefined : first.value, notices)));
  });
}

/** Ends the stream if the caller's access ended. The browser connects again and gets the reason. */
async function* toEvents(
  first: readonly string[] | undefined,
  rest: AsyncGenerator<readonly string[]>,
): AsyncGenerator<string> {
  try {
    if (first !== undefined) yield toEvent(first);
    for await (const kinds of rest) yield toEvent(kinds);
  } catch {
    // The response has begun, so it can only end.
  }
}

function toEvent(kinds: readonly string[]): string {
  return kinds.length === 0 ? 'event: ping\ndata: 1\n\n' : `data: ${kinds.join()}\n\n`;
}
