import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../domain/access.ts';
import { getCallDeadline } from './call-deadline.ts';

/** Adds the client address and request id to the actor, for the audit log, and the deadline of the call. */
export function withOrigin(actor: Actor, request: FastifyRequest): Actor {
  const origin = { address: getAddress(request), requestId: request.id };
  return { ...actor, origin, deadline: getCallDeadline(request) };
}

/**
 * Null if it is not an IP address: a trusted proxy may forward any X-Forwarded-For value that its client
 * sent.
 */
function getAddress(request: FastifyRequest): string | null {
  return isIP(request.ip) === 0 ? null : request.ip;
}
