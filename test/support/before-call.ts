/**
 * The same object, except that the first call of one method runs `action` to its end first. Fixes the order
 * of two operations that race, and leaves both to the real implementation.
 */
export function beforeCall<T extends object>(
  target: T,
  method: keyof T & string,
  action: () => Promise<unknown>,
): T {
  let hasRun = false;
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== 'function') return value;
      // A method of a class with private fields works on the object itself only.
      if (name !== method) return value.bind(object) as unknown;
      return async (...values: unknown[]): Promise<unknown> => {
        if (!hasRun) {
          hasRun = true;
          await action();
        }
        return await (value.apply(object, values) as unknown);
      };
    },
  });
}
