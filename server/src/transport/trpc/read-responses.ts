import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { compress, matchesTag, toWeakTag } from '../http/entity.ts';

/**
 * Routers whose responses can contain URLs or headers with credentials, beside text that another party chose. The length
 * of a compressed response would tell an observer of the network what they have in common (BREACH).
 */
const withCredentials = [
  'webhooks.',
  'alertChannels.',
  'keys.',
  'incidents.',
  'search.',
  'events.explain',
] as const;

/**
 * Gives responses to queries an entity tag, answers an unchanged one with 304, and compresses the others. Mutations,
 * publishing among them, and streams stay as they are.
 */
export function registerReadResponses(scope: FastifyInstance): void {
  scope.addHook('onSend', async (request, reply, payload) => {
    const isRead = request.method === 'GET' && payload instanceof Response && isJson(payload);
    return isRead ? await toReadResponse(request, reply, payload) : payload;
  });
}

/** Whether the response is whole. A batch that streams its results has the same media type. */
function isJson({ headers, status }: Response): boolean {
  const type = headers.get('content-type') ?? '';
  return status === 200 && /^application\/json\b/.test(type) && !headers.has('transfer-encoding');
}

async function toReadResponse(
  request: FastifyRequest,
  reply: FastifyReply,
  response: Response,
): Promise<Buffer | string> {
  const body = Buffer.from(await response.arrayBuffer());
  const tag = toWeakTag(body);
  reply.header('etag', tag);
  reply.header('vary', [response.headers.get('vary'), 'accept-encoding'].filter(Boolean).join(', '));
  if (matchesTag(request.headers['if-none-match'], tag)) {
    reply.code(304);
    return '';
  }
  reply.code(response.status);
  for (const [name, value] of response.headers) if (name !== 'vary') reply.header(name, value);
  const compressed = hasCredentials(request) ? undefined : await compress(body, acceptedEncodings(request));
  if (compressed === undefined) return body;
  reply.header('content-encoding', compressed.encoding);
  return compressed.body;
}

function hasCredentials(request: FastifyRequest): boolean {
  const { path = '' } = request.params as { readonly path?: string };
  return path.split(',').some((procedure) => withCredentials.some((prefix) => procedure.startsWith(prefix)));
}

function acceptedEncodings({ headers }: FastifyRequest): string | undefined {
  const accepted = headers['accept-encoding'];
  return Array.isArray(accepted) ? accepted.join(',') : accepted;
}
