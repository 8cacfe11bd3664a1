import { describe, expect, it } from 'vitest';
import { VirtualTime } from '../../../server/testing/src/time/virtual-time.ts';

describe('virtual time', () => {
  it('ends waits in the order of their times, and equal ones in the order of their start', () => {
    const time = new VirtualTime(1_000);
    const ended: string[] = [];
    time.after(20, () => ended.push(`b at ${time.now()}`));
    time.after(10, () => ended.push('a'));
    time.after(20, () => ended.push('c'));
    time.moveTo(1_020);
    expect(ended).toEqual(['a', 'b at 1020', 'c']);
  });

  it('ends a wait that begins during another one, if it is over by then', () => {
    const time = new VirtualTime(0);
    const ended: string[] = [];
    time.after(5, () => time.after(0, () => ended.push('inner')));
    time.moveTo(5);
    expect(ended).toEqual(['inner']);
  });

  it('tells when the next wait ends, without cancelled and endless ones', () => {
    const time = new VirtualTime(0);
    time.after(Number.POSITIVE_INFINITY, () => undefined);
    const cancel = time.after(5, () => undefined);
    time.after(9, () => undefined);
    expect(time.nextAt).toBe(5);
    cancel();
    expect(time.nextAt).toBe(9);
  });

  it('never goes back', () => {
    const time = new VirtualTime(100);
    time.moveTo(50);
    expect([time.now(), time.monotonicNow()]).toEqual([100, 0]);
  });

  it('gathers work without time passing', () => {
    const time = new VirtualTime(0);
    const calls: number[] = [];
    time.gather(100, () => calls.push(1));
    time.gather(100, () => calls.push(2))();
    expect([time.endGathering(), time.endGathering(), calls, time.now()]).toEqual([true, false, [1], 0]);
  });
});
