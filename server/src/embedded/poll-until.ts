import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `probe` until it resolves to something other than undefined, and returns that.
 *
 * @throws the reason of `signal` once it aborts. The signal combines the caller's time limit and its other
 *   conditions.
 */
export async function pollUntil<T>(
  probe: () => Promise<T | undefined>,
  options: { readonly everyMs: number; readonly signal: AbortSignal },
): Promise<T> {
  for (;;) {
    options.signal.throwIfAborted();
    const result = await probe();
    if (result !== undefined) return result;
    await sleep(options.everyMs);
  }
}
