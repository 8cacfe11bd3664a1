/**
 * Microseconds of the machine's monotonic clock. On Linux all processes share it, so the sink can compare its
 * time with the one that the publisher wrote into a payload. `performance.now()` starts at zero in each
 * process.
 */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + Math.floor(nanoseconds / 1e3);
}
