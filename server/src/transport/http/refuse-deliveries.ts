import type { FastifyInstance, FastifyRequest } from 'fastify';
import { deliveryMarkerHeader } from '../../domain/delivery-marker.ts';
import { apiError } from '../../domain/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Accepts deliveries. Only for a route that never publishes, because others could loop. */
    readonly receivesDeliveries?: boolean;
  }
}

/** Methods that change nothing. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses deliveries of this or another installation, on every path and before authentication. A webhook that
 * points to the API could otherwise publish each event that it receives, forever. Only the demo receiver accepts them.
 */
export function refuseDeliveries(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (!isDelivery(request) || request.routeOptions.config.receivesDeliveries === true) return done();
    return done(apiError('LOOP_DETECTED', 'a webhook must not point to a Tocsin server; change its URL'));
  });
}

function isDelivery({ headers, method }: FastifyRequest): boolean {
  return headers[deliveryMarkerHeader] !== undefined && !safeMethods.has(method);
}
