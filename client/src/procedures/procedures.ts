import type { CallOptions } from '../call-options.ts';
import type { CallProcedure } from './call.ts';
import { iterate, type ListPage } from './iterate.ts';

/**
 * The object behind `tocsin.webhooks`, `tocsin.deliveries` and the like: whatever is named becomes the path of a
 * procedure, and `query`, `mutate` and `iterate` call it. Which there are is a matter of the types (api.ts) alone.
 */
export function proceduresAt(path: string, call: CallProcedure): object {
  const methods: Record<string, (input?: Record<string, unknown>, options?: CallOptions) => unknown> = {
    query: (input, options) => call(path, 'query', input, options),
    mutate: (input, options) => call(path, 'mutation', input, options),
    iterate: (input, options) =>
      // The types offer `iterate` only where the server answers pages.
      iterate((cursor) => call(path, 'query', { ...input, cursor }, options) as Promise<ListPage<unknown>>),
  };
  return new Proxy(methods, {
    get(target, name) {
      // `then` is asked for by `await`, symbols by loggers and test runners: none of them is a procedure.
      if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined;
      return Object.hasOwn(target, name) ? target[name] : proceduresAt(`${path}.${name}`, call);
    },
  });
}
