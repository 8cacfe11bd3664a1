import { AsyncLocalStorage } from 'node:async_hooks';

/** When the call stops waiting that the current code works for, in the time of `performance.now()`. */
const deadlines = new AsyncLocalStorage<number>();

/** Runs work whose reads end at a deadline. Undefined: at the usual limits. */
export async function readWithin<T>(deadline: number | undefined, work: () => Promise<T>): Promise<T> {
  return await (deadline === undefined ? work() : deadlines.run(deadline, work));
}

/** Shortens the time limit of a read to the deadline of its call. `maxTimeMS` 0 would be no limit. */
export function limitRead(limitMs: number): number {
  const leftMs = (deadlines.getStore() ?? Number.POSITIVE_INFINITY) - performance.now();
  // After the deadline, it is work in the background that the call has started and that outlives it.
  return leftMs <= 0 ? limitMs : Math.max(1, Math.floor(Math.min(limitMs, leftMs)));
}
