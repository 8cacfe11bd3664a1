/**
 * Lets `return` and `throw` end a generator that waits for its next item. Those of a generator are queued behind
 * a pending `next`, which may never settle. `ending` must end the generator.
 */
export function endingAtOnce<T>(
  items: AsyncGenerator<T, void, undefined>,
  ending: AbortController,
): AsyncGenerator<T, void, undefined> {
  const end = items.return.bind(items);
  const fail = items.throw.bind(items);
  return Object.assign(items, {
    return: (value: void | PromiseLike<void>) => {
      ending.abort();
      return end(value);
    },
    throw: (error: unknown) => {
      ending.abort();
      return fail(error);
    },
  });
}
