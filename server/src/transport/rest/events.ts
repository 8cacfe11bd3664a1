import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.ts';
import { registerListDeliveriesRoute } from './list-deliveries-route.ts';
import { registerPublishRoute } from './publish-route.ts';

/** The REST routes beyond the two contracts, for services that are not written in TypeScript. */
export function eventRoutes(services: Services) {
  return async function register(app: FastifyInstance): Promise<void> {
    registerPublishRoute(app, services);
    registerListDeliveriesRoute(app, services);
  };
}
