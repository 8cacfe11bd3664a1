/**
 * Microseconds of the machine's monotonic clock. Linux gives every process the same one, so a time that the publisher
 * writes into a payload can be subtracted from one that the sink takes. `performance.now()` cannot: it starts anew in
 * each process.
 */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + Math.floor(nanoseconds / 1e3);
}
