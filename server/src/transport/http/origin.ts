import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../domain/access.ts';

/** An actor with where this request of theirs came from: what their deeds are put on record with. */
export function withOrigin(actor: Actor, request: FastifyRequest): Actor {
  return { ...actor, origin: { address: getAddress(request), requestId: request.id } };
}

/** A trusted proxy may have passed on whatever its client wrote into the header. */
function getAddress(request: FastifyRequest): string | null {
  return isIP(request.ip) === 0 ? null : request.ip;
}
