import { fastifyTRPCPlugin, type FastifyTRPCPluginOptions } from '@trpc/server/adapters/fastify';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../../domain/ports.ts';
import { bearerToken } from '../bearer.ts';
import type { Services } from '../services.ts';
import { refusalOf } from './init.ts';
import { appRouter, type AppRouter } from './router.ts';

export async function registerTrpc(app: FastifyInstance, services: Services, log: Log): Promise<void> {
  await app.register(fastifyTRPCPlugin, {
    prefix: '/trpc',
    trpcOptions: {
      router: appRouter,
      createContext: ({ req }) => ({
        services,
        requestId: req.id,
        traceparent: headerOf(req.headers['traceparent']),
        actor: async () => await services.keys.authenticate(bearerToken(req.headers.authorization)),
      }),
      onError: ({ error, path, ctx }) => {
        if (refusalOf(error).code === 'INTERNAL') {
          log.error({ err: error.cause ?? error, path, requestId: ctx?.requestId }, 'procedure failed');
        }
      },
      responseMeta: ({ errors }) => {
        const seconds = errors
          .map((error) => refusalOf(error).retryAfterSeconds)
          .find((value) => value !== undefined);
        return seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } };
      },
    } satisfies FastifyTRPCPluginOptions<AppRouter>['trpcOptions'],
  });
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
