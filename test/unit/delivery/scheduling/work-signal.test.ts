import { describe, expect, it } from 'vitest';
import { WorkSignal } from '../../../../server/src/delivery/scheduling/work-signal.ts';

const minuteMs = 60_000;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('the work signal', () => {
  it('ends a wait when it is raised', async () => {
    const signal = new WorkSignal();
    const waiting = signal.wait(0, minuteMs);
    signal.raise();
    await waiting;
  });

  it('ends the next wait at once when it was raised before', async () => {
    const signal = new WorkSignal();
    signal.clear();
    signal.raise();
    await signal.wait(0, minuteMs);
  });

  it('waits again once it is cleared', async () => {
    const signal = new WorkSignal();
    signal.raise();
    signal.clear();
    let isOver = false;
    const waiting = signal.wait(0, minuteMs).then(() => (isOver = true));
    await nextTurn();
    expect(isOver).toBe(false);
    signal.raise();
    await waiting;
  });

  it('ends a wait at the earliest time that it was given, and forgets that time', async () => {
    const signal = new WorkSignal();
    for (const time of [90_000, 1_002, 80_000]) signal.raiseAt(time);
    await signal.wait(1_000, minuteMs);
    let isOver = false;
    const waiting = signal.wait(1_002, minuteMs).then(() => (isOver = true));
    // Timers end in order: had the signal kept the time, the wait before would end first.
    await new WorkSignal().wait(0, 5);
    expect(isOver).toBe(false);
    signal.raise();
    await waiting;
  });
});
