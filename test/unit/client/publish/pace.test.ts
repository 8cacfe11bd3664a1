import { expect, it, onTestFinished, vi } from 'vitest';
import { normalizeOptions } from '../../../../client/src/options.ts';
import { Pace } from '../../../../client/src/publish/pace.ts';

function setUp() {
  vi.useFakeTimers({ now: 1_000 });
  onTestFinished(() => void vi.useRealTimers());
  return new Pace(normalizeOptions({ url: 'http://server.invalid', token: 't' }));
}

const placesOf = (pace: Pace) => [0, 1, 2, 3, 4].filter((inFlight) => pace.hasRoom(inFlight)).length;

it('takes requests that were in flight together for one failure, which pauses nothing', () => {
  const pace = setUp();
  vi.setSystemTime(1_010);
  for (let request = 0; request < 4; request++) pace.recordFailure(1_000, undefined);
  expect(placesOf(pace)).toBe(2);
  expect(pace.pauseMs(1_010)).toBeLessThanOrEqual(0);
});

it('pauses after a second failure in a row, and raises the number of requests with each success', () => {
  const pace = setUp();
  pace.recordFailure(1_000, undefined);
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  pace.recordFailure(1_001, undefined);
  expect([placesOf(pace), pace.pauseMs(1_000)]).toEqual([1, 100]);
  const places = [1, 2, 3, 4].map(() => {
    pace.recordSuccess();
    return placesOf(pace);
  });
  expect(places).toEqual([2, 3, 4, 4]);
});

it('pauses for at most two seconds, or as long as the server asks, but never for the whole time limit', () => {
  const pace = setUp();
  vi.spyOn(Math, 'random').mockReturnValue(1);
  for (let failure = 0; failure < 20; failure++) pace.recordFailure(1_000 + failure, undefined);
  expect(pace.pauseMs(1_000)).toBe(2_000);
  pace.recordFailure(1_100, 3_600_000);
  expect(pace.pauseMs(1_000)).toBe(50_000);
});
