import type { FastifyInstance } from 'fastify';
import { deliveryMarkerHeader } from '../../domain/delivery-marker.ts';
import { apiError } from '../../domain/errors.ts';

/** Methods that change nothing. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses deliveries of this or another installation, on every path and before authentication. A webhook that
 * points to the API could otherwise publish each event that it receives, forever.
 */
export function refuseDeliveries(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers[deliveryMarkerHeader] === undefined || safeMethods.has(request.method)) return done();
    return done(apiError('LOOP_DETECTED', 'a webhook must not point to a Tocsin server; change its URL'));
  });
}
