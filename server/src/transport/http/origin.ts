import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../domain/access.ts';

/** Adds the client address and request id to the actor, for the audit log. */
export function withOrigin(actor: Actor, request: FastifyRequest): Actor {
  return { ...actor, origin: { address: getAddress(request), requestId: request.id } };
}

/**
 * Null if it is not an IP address: a trusted proxy may forward any X-Forwarded-For value that its client
 * sent.
 */
function getAddress(request: FastifyRequest): string | null {
  return isIP(request.ip) === 0 ? null : request.ip;
}
