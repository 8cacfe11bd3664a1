import type { CallOptions } from '../call-options.ts';
import type { CallProcedure } from './call.ts';
import { iterate, type ListPage } from './iterate.ts';

/**
 * Adds the procedures of the server to an object: `tocsin.webhooks`, `tocsin.webhooks.create` and so on.
 * Property names add up to the path of a procedure; `query`, `mutate` and `iterate` call it. Only the types
 * (api.ts) know which procedures exist.
 *
 * A property has the same value each time, and can be replaced, so that tests can spy on it.
 */
export function withProcedures(
  properties: Readonly<Record<string, unknown>>,
  path: string,
  call: CallProcedure,
): object {
  return new Proxy(
    { ...properties },
    {
      get(target, name, receiver) {
        if (!isProcedureName(name) || name in target) return Reflect.get(target, name, receiver) as unknown;
        const child = path === '' ? name : `${path}.${name}`;
        const value = withProcedures(toMethods(child, call), child, call);
        // Not enumerable: what a log shows of a client does not depend on earlier calls.
        Object.defineProperty(target, name, { value, writable: true, configurable: true });
        return value;
      },
      has: (target, name) => isProcedureName(name) || name in target,
    },
  );
}

function toMethods(path: string, call: CallProcedure) {
  return {
    query: (input?: unknown, options?: CallOptions) => call(path, 'query', input, options),
    mutate: (input?: unknown, options?: CallOptions) => call(path, 'mutation', input, options),
    iterate: (input?: Record<string, unknown>, options?: CallOptions) =>
      // The types offer `iterate` only for procedures that return pages.
      iterate((cursor) => call(path, 'query', { ...input, cursor }, options) as Promise<ListPage<unknown>>),
  };
}

/** `await` reads `then`; loggers and test runners read `toJSON`, symbols and names with signs. */
function isProcedureName(name: string | symbol): name is string {
  return typeof name === 'string' && name !== 'then' && name !== 'toJSON' && /^[a-z][A-Za-z0-9]*$/.test(name);
}
