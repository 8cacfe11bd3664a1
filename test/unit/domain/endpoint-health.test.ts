import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterSuccess,
  isFailingTooLong,
  isPaused,
  probeDelayMs,
  toHealthState,
  unknownHealth,
  withEarlier,
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

describe('an endpoint is paused', () => {
  const health: EndpointHealth = {
    failuresInARow: 10,
    lastSuccessAt: null,
    lastFailureAt: 1_010_000,
    lastFailureReason: 'timeout',
    failingSince: 1_000_000,
  };

  it.each([
    ['after ten failures over exactly ten seconds', {}, true],
    ['not a millisecond sooner', { lastFailureAt: 1_009_999 }, false],
    ['not after nine failures', { failuresInARow: 9 }, false],
    ['after eleven failures', { failuresInARow: 11 }, true],
    ['not when it is unknown since when it fails', { failingSince: null }, false],
    ['not when it is unknown when it failed last', { lastFailureAt: null }, false],
  ])('%s', (_what, change, expected) => {
    expect(isPaused({ ...health, ...change })).toBe(expected);
    expect(toHealthState({ ...health, ...change }, true)).toBe(expected ? 'paused' : 'failing');
  });
});

it('remembers the last success and the last failure, each with its own time', () => {
  const at = 1_000_000;
  const failed = afterFailure(afterSuccess(unknownHealth, at), at + 1, 'timeout');
  expect(failed).toEqual({
    failuresInARow: 1,
    lastSuccessAt: at,
    lastFailureAt: at + 1,
    lastFailureReason: 'timeout',
    failingSince: at + 1,
  });
  expect(afterFailure(failed, at + 2, 'dns_failed')).toEqual({
    failuresInARow: 2,
    lastSuccessAt: at,
    lastFailureAt: at + 2,
    lastFailureReason: 'dns_failed',
    failingSince: at + 1,
  });
  expect(afterSuccess(failed, at + 3)).toEqual({
    failuresInARow: 0,
    lastSuccessAt: at + 3,
    lastFailureAt: at + 1,
    lastFailureReason: 'timeout',
    failingSince: null,
  });
});

it('adds earlier results: failures go on, and a success ends them', () => {
  const at = 1_000_000;
  const earlier = afterFailure(afterSuccess(unknownHealth, at), at + 1, 'timeout');
  const failed = afterFailure(unknownHealth, at + 2, 'dns_failed');
  expect(withEarlier(failed, earlier)).toEqual(afterFailure(earlier, at + 2, 'dns_failed'));
  expect(withEarlier(unknownHealth, earlier)).toEqual(earlier);
  const succeeded = afterSuccess(unknownHealth, at + 3);
  expect(withEarlier(succeeded, earlier)).toEqual(afterSuccess(earlier, at + 3));
  const failedAgain = afterFailure(succeeded, at + 4, 'dns_failed');
  expect(withEarlier(failedAgain, earlier)).toEqual(failedAgain);
  expect(withEarlier(failed, unknownHealth)).toEqual(failed);
});

it('knows nothing of a new endpoint, and calls it healthy', () => {
  expect(unknownHealth).toEqual({
    failuresInARow: 0,
    lastSuccessAt: null,
    lastFailureAt: null,
    lastFailureReason: null,
    failingSince: null,
  });
  expect(toHealthState(unknownHealth, true)).toBe('healthy');
  expect(isFailingTooLong(unknownHealth, Number.MAX_SAFE_INTEGER, 0)).toBe(false);
});

it('measures the time of nothing but failure from the first failure, whenever that was', () => {
  const health = afterFailure(afterFailure(unknownHealth, 1_000_000, 'timeout'), 1_004_000, 'timeout');
  expect(isFailingTooLong(health, 1_004_999, 5_000)).toBe(false);
  expect(isFailingTooLong(health, 1_005_000, 5_000)).toBe(true);
});

it('waits 5, 10, 20, 40, 80, 160 and then always 300 seconds for the next probe', () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 100, 2_000].map(probeDelayMs);
  expect(delays).toEqual([
    5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000, 300_000,
  ]);
});
