import type { DeliveryState, IndexStatus } from '@tocsin/shared';
import type { FastifyInstance } from 'fastify';
import { isTocsinError } from '../../domain/errors.ts';
import { bearerToken } from '../http/bearer.ts';
import { toClientNetwork } from '../http/client-network.ts';
import type { ApiKeyService } from '../../services/accounts/api-keys.ts';

export interface HealthDeps {
  /** Resolves when the database responds. */
  readonly ping: () => Promise<void>;
  /** Whether the process accepts and sends events; false during startup and graceful shutdown. */
  readonly isReady: () => boolean;
  /** Whether this process sends deliveries, and if not, why. */
  readonly delivery: () => DeliveryState;
  /** The indexes that are missing, building or in conflict. */
  readonly indexes: () => Promise<IndexStatus[]>;
  readonly metricsText: () => Promise<string>;
  readonly metricsArePublic: boolean;
  readonly keys: ApiKeyService;
}

/** If the database does not respond within this time, the process is not ready. */
const databaseTimeoutMs = 2_000;

/** `/healthz` for liveness, `/readyz` for readiness and `/metrics` for Prometheus. */
export function registerHealth(app: FastifyInstance, deps: HealthDeps): void {
  app.get('/healthz', { schema: { hide: true } }, () => ({ status: 'ok' }));

  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const [database, indexes] = await Promise.all([
      resultInTime(deps.ping().then(() => true)),
      resultInTime(deps.indexes()),
    ]);
    const isEngineReady = deps.isReady();
    const isReady = database === true && isEngineReady && !indexes?.some(({ state }) => state === 'missing');
    return await reply.code(isReady ? 200 : 503).send({
      status: isReady ? 'ready' : 'not_ready',
      checks: {
        database: database ? 'ok' : 'unreachable',
        engine: isEngineReady ? 'ok' : 'stopped',
        delivery: deps.delivery(),
        indexes: indexes === undefined ? 'unknown' : (indexes[0]?.state ?? 'ok'),
      },
      ...(indexes === undefined || indexes.length === 0 ? {} : { indexes }),
    });
  });

  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (!deps.metricsArePublic) {
      try {
        await deps.keys.authenticate(bearerToken(request.headers.authorization), () =>
          toClientNetwork(request.ip),
        );
      } catch (error) {
        if (!isTocsinError(error)) throw error;
        return await reply.code(error.httpStatus).send({ error: 'invalid_api_key', message: error.message });
      }
    }
    return await reply.type('text/plain; version=0.0.4').send(await deps.metricsText());
  });
}

/** Resolves to undefined on a timeout or an error. */
async function resultInTime<T>(pending: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), databaseTimeoutMs);
  });
  const result = await Promise.race([pending.catch(() => undefined), timeout]);
  clearTimeout(timer);
  return result;
}
