import { describe, expect, it } from 'vitest';
import { RunLimits } from '../../../../client/src/outbox/run-limits.ts';

/** Records full runs, each with events of this size. Returns the limits of the runs. */
function limitsOf(limits: RunLimits, appId: string, charsPerEvent: number, runs: number): number[] {
  return Array.from({ length: runs }, () => {
    const events = limits.getLimit(appId);
    limits.record(appId, { events, chars: events * charsPerEvent });
    return events;
  });
}

describe('the limits of runs', () => {
  it('load more events of an app after a full run of small ones', () => {
    expect(limitsOf(new RunLimits(), 'a', 200, 3)).toEqual([50, 500, 500]);
  });

  it('load fewer large events, so that their texts have a million characters at most', () => {
    expect(limitsOf(new RunLimits(), 'a', 100_000, 3)).toEqual([50, 10, 10]);
    expect(limitsOf(new RunLimits(), 'b', 5_000_000, 2)).toEqual([50, 1]);
  });

  it('begin again after a run that was not full', () => {
    const limits = new RunLimits();
    limitsOf(limits, 'a', 200, 1);
    limits.record('a', { events: 499, chars: 10 });
    expect(limits.getLimit('a')).toBe(50);
  });

  it('are those of each app', () => {
    const limits = new RunLimits();
    limitsOf(limits, 'a', 200, 1);
    expect([limits.getLimit('a'), limits.getLimit('b')]).toEqual([500, 50]);
  });

  it('take events without a text', () => {
    const limits = new RunLimits();
    limits.record('a', { events: 50, chars: 0 });
    expect(limits.getLimit('a')).toBe(500);
  });

  it('are kept for ten thousand apps', () => {
    const limits = new RunLimits();
    for (let app = 0; app < 10_001; app++) limits.record(`app_${app}`, { events: 50, chars: 50 });
    expect(limits.getLimit('app_9999')).toBe(500);
    expect(limits.getLimit('app_10000')).toBe(50);
  });
});
