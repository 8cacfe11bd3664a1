import type { StartStopwatch } from '../../domain/ports/runtime.ts';

/**
 * Measures by the monotonic and the wall clock and returns the larger value: the monotonic clock stands still
 * while the machine is suspended, and the wall clock may be set back.
 */
export const startStopwatch: StartStopwatch = () => {
  const [monotonic, wall] = [performance.now(), Date.now()];
  return () => Math.max(performance.now() - monotonic, Date.now() - wall);
};
