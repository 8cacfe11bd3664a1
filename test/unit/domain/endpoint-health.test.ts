import { expect, it } from 'vitest';
import {
  afterFailure,
  afterSuccess,
  isFailingTooLong,
  isPaused,
  probeDelayMs,
  toHealthState,
  unknownHealth,
  type EndpointHealth,
} from '../../../server/src/domain/endpoint-health.ts';

const failures = (count: number, everyMs: number): EndpointHealth =>
  Array.from({ length: count }).reduce<EndpointHealth>(
    (health, _, index) => afterFailure(health, index * everyMs, 'timeout'),
    unknownHealth,
  );

it('is failing after one failure and healthy again after one success', () => {
  expect(toHealthState(failures(1, 0), true)).toBe('failing');
  expect(toHealthState(afterSuccess(failures(30, 10_000), 1), true)).toBe('healthy');
});

it('pauses after ten failures over ten seconds, not after ten at once and not after nine', () => {
  expect(isPaused(failures(10, 2_000))).toBe(true);
  expect(isPaused(failures(10, 0))).toBe(false);
  expect(isPaused(failures(500, 10))).toBe(false);
  expect(isPaused(failures(9, 60_000))).toBe(false);
});

it('measures the time of uninterrupted failure from the first failure', () => {
  const health = failures(3, 1_000);
  expect(health.failingSince).toBe(0);
  expect(isFailingTooLong(health, 4_999, 5_000)).toBe(false);
  expect(isFailingTooLong(health, 5_000, 5_000)).toBe(true);
  expect(isFailingTooLong(afterSuccess(health, 2), 9_999, 5_000)).toBe(false);
});

it('doubles the probe delay each time, up to five minutes', () => {
  const delays = Array.from({ length: 12 }, (_, probes) => probeDelayMs(probes));
  expect(delays.slice(0, 3)).toEqual([5_000, 10_000, 20_000]);
  expect(Math.max(...delays)).toBe(300_000);
  expect(delays).toEqual(delays.toSorted((a, b) => a - b));
});

it('reports a disabled webhook as disabled, whatever its health', () => {
  expect(toHealthState(unknownHealth, false)).toBe('disabled');
});
