import { createHash, timingSafeEqual } from 'node:crypto';

export interface MetricsAccessOptions {
  readonly METRICS_PUBLIC: boolean;
  readonly METRICS_TOKEN?: string | undefined;
}

/** Returns a function that tells whether a caller may read `/metrics` without a key. Needs no database. */
export function createMetricsAccess({ METRICS_PUBLIC, METRICS_TOKEN }: MetricsAccessOptions) {
  const expected = METRICS_TOKEN === undefined ? undefined : sha256(METRICS_TOKEN);
  return (token: string | undefined): boolean =>
    METRICS_PUBLIC ||
    (expected !== undefined && token !== undefined && timingSafeEqual(expected, sha256(token)));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
