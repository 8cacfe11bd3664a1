import type { DeliveryState, IndexStatus } from '@tocsin/shared';
import type { FastifyInstance } from 'fastify';
import { hasScope } from '../../domain/access.ts';
import { apiError } from '../../domain/errors.ts';
import type { ApiKeyService } from '../../services/accounts/api-keys.ts';
import { bearerToken } from '../http/bearer.ts';
import { toClientNetwork } from '../http/client-network.ts';

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
  /** Whether `/metrics` is public or the bearer token is METRICS_TOKEN. The root token can read it too. */
  readonly canReadMetrics: (token: string | undefined) => boolean;
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
    const token = bearerToken(request.headers.authorization);
    if (!deps.canReadMetrics(token)) {
      // Metrics describe all customers together, so no key of a customer reads them.
      const actor = await deps.keys.authenticate(token, () => toClientNetwork(request.ip));
      if (!hasScope(actor, 'operator')) {
        throw apiError('SCOPE_MISSING', '/metrics requires METRICS_TOKEN or the root token');
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
