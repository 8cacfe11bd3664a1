/** An object whose methods are not known here. */
type Methods = Record<PropertyKey, (...args: readonly unknown[]) => unknown>;

/**
 * Stands in for an object that is loaded when a method of it is called first, so that programs which never call one
 * load less.
 *
 * @param load returns an object with methods only
 */
export function loadedLater(load: () => Promise<unknown>): object {
  let loaded: Promise<unknown> | undefined;
  return new Proxy(
    {},
    {
      get: (_target, name) => {
        // `await` reads it.
        if (name === 'then') return undefined;
        return (...args: readonly unknown[]) => {
          // `as`: the callers' types say which methods there are.
          const call = async () => ((await (loaded ??= load())) as Methods)[name]?.(...args);
          // `consumer` and the iterator return an object, all others a promise.
          return name === 'consumer' || name === Symbol.asyncIterator ? loadedLater(call) : call();
        };
      },
    },
  );
}
