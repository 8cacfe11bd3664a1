import type { DeliveryState, IndexStatus } from '@tocsin/shared';
import type { FastifyInstance } from 'fastify';
import { isTocsinError } from '../../domain/errors.ts';
import { bearerToken } from '../http/bearer.ts';
import type { ApiKeyService } from '../../services/accounts/api-keys.ts';

export interface HealthDeps {
  /** Resolves when the database answers. */
  readonly ping: () => Promise<void>;
  /** Whether the process takes and sends work; false while it starts or drains. */
  readonly isReady: () => boolean;
  /** Whether this process sends, and if not, why. */
  readonly delivery: () => DeliveryState;
  /** What is not as it should be among the indexes. */
  readonly indexes: () => Promise<IndexStatus[]>;
  readonly metricsText: () => Promise<string>;
  readonly metricsArePublic: boolean;
  readonly keys: ApiKeyService;
}

/** How long the database may take to answer before the process calls itself not ready. */
const answerWithinMs = 2_000;

/** `/healthz`: the process lives. `/readyz`: it can do its work. `/metrics`: Prometheus. */
export function registerHealth(app: FastifyInstance, deps: HealthDeps): void {
  app.get('/healthz', { schema: { hide: true } }, () => ({ status: 'ok' }));

  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const [database, indexes] = await Promise.all([
      answerInTime(deps.ping().then(() => true)),
      answerInTime(deps.indexes()),
    ]);
    const engine = deps.isReady();
    const isReady = database === true && engine && !indexes?.some(({ state }) => state === 'missing');
    return await reply.code(isReady ? 200 : 503).send({
      status: isReady ? 'ready' : 'not_ready',
      checks: {
        database: database ? 'ok' : 'unreachable',
        engine: engine ? 'ok' : 'stopped',
        delivery: deps.delivery(),
        indexes: indexes === undefined ? 'unknown' : (indexes[0]?.state ?? 'ok'),
      },
      ...(indexes === undefined || indexes.length === 0 ? {} : { indexes }),
    });
  });

  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    if (!deps.metricsArePublic) {
      try {
        await deps.keys.authenticate(bearerToken(request.headers.authorization));
      } catch (error) {
        if (!isTocsinError(error)) throw error;
        return await reply.code(error.httpStatus).send({ error: 'invalid_api_key', message: error.message });
      }
    }
    return await reply.type('text/plain; version=0.0.4').send(await deps.metricsText());
  });
}

/** Undefined when there was none in time, or an error. */
async function answerInTime<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), answerWithinMs);
  });
  const result = await Promise.race([answer.catch(() => undefined), late]);
  clearTimeout(timer);
  return result;
}
