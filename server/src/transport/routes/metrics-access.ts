import { timingSafeEqual } from 'node:crypto';
import { sha256 } from '../../services/common/sha256.ts';

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
