import { lazy, type ComponentType } from 'react';

/** Starts after the first page and its data, so that it takes no bandwidth of theirs. */
const preloadAfterMs = 3_000;

/** A page whose code is loaded when it is first shown, so that the first page of a visit needs no other. */
export function lazyPage<TProps extends object>(
  load: () => Promise<ComponentType<TProps>>,
): ComponentType<TProps> {
  return lazy(async () => ({ default: await load() }));
}

/** Loads the code of pages in turn, so that they open at once. Returns a function that stops it. */
export function preloadPages(loads: readonly (() => Promise<unknown>)[]): () => void {
  let isStopped = false;
  const timer = setTimeout(() => {
    void (async () => {
      for (const load of loads) {
        if (isStopped) return;
        // A page that fails to load says so when it is opened.
        await load().catch(() => undefined);
      }
    })();
  }, preloadAfterMs);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
