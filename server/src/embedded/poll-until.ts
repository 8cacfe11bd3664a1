import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks `probe` until it answers something other than undefined. Ends by throwing the reason of `signal`, so a caller
 * puts its time limit and its "the process died" into one signal.
 */
export async function pollUntil<T>(
  probe: () => Promise<T | undefined>,
  options: { readonly everyMs: number; readonly signal: AbortSignal },
): Promise<T> {
  for (;;) {
    options.signal.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    await sleep(options.everyMs);
  }
}
