import type { CallOptions } from '../call-options.ts';
import type { CallProcedure } from './call.ts';
import { iterate, type ListPage } from './iterate.ts';

/**
 * Creates the object behind `tocsin.webhooks`, `tocsin.deliveries` and so on. Property names add up to the
 * path of a procedure; `query`, `mutate` and `iterate` call it. Only the types (api.ts) know which procedures
 * exist.
 */
export function createProcedureProxy(path: string, call: CallProcedure): object {
  const methods: Record<string, (input?: Record<string, unknown>, options?: CallOptions) => unknown> = {
    query: (input, options) => call(path, 'query', input, options),
    mutate: (input, options) => call(path, 'mutation', input, options),
    iterate: (input, options) =>
      // The types offer `iterate` only for procedures that return pages.
      iterate((cursor) => call(path, 'query', { ...input, cursor }, options) as Promise<ListPage<unknown>>),
  };
  return new Proxy(methods, {
    get(target, name) {
      // `await` reads `then`; loggers and test runners read symbols. None of them is a procedure.
      if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined;
      return Object.hasOwn(target, name) ? target[name] : createProcedureProxy(`${path}.${name}`, call);
    },
  });
}
