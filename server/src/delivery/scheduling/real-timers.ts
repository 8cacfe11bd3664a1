import type { Timers } from '../../domain/ports/runtime.ts';

/** Real time. A wait alone does not keep the process running; work that gathers does. */
export const realTimers: Timers = {
  monotonicNow: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
  gather: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
