import { expect, it, vi } from 'vitest';
import { PeriodicTask } from '../../../../server/src/services/common/periodic-task.ts';

const soon = { interval: 1 };

it('runs again and again until it is stopped', async () => {
  const run = vi.fn((_signal: AbortSignal) => Promise.resolve());
  const task = new PeriodicTask({ everyMs: 1, run });
  task.start();
  await expect.poll(() => run.mock.calls.length, soon).toBeGreaterThan(2);
  await task.stop();
  const { length } = run.mock.calls;
  expect(run.mock.calls[0]?.[0].aborted).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(run).toHaveBeenCalledTimes(length);
});

it('begins with a wait unless it is to start at once, and starts only once', async () => {
  const late = vi.fn(() => Promise.resolve());
  const early = vi.fn(() => Promise.resolve());
  const tasks = [
    new PeriodicTask({ everyMs: 60_000, run: late }),
    new PeriodicTask({ everyMs: 60_000, startsAtOnce: true, run: early }),
  ];
  for (const task of tasks) {
    task.start();
    task.start();
  }
  await Promise.all(tasks.map((task) => task.stop()));
  expect([late.mock.calls.length, early.mock.calls.length]).toEqual([0, 1]);
});

it('ends only after its current run, which learns of the stop', async () => {
  let isEnded = false;
  const task = new PeriodicTask({
    everyMs: 60_000,
    startsAtOnce: true,
    run: async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await Promise.resolve();
      isEnded = true;
    },
  });
  task.start();
  await task.stop();
  expect(isEnded).toBe(true);
});

it('waits between runs for about the time, with a jitter of a fifth', async () => {
  const random = vi.spyOn(Math, 'random');
  const starts: number[] = [];
  const run = () => {
    starts.push(performance.now());
    return Promise.resolve();
  };
  for (const [value, ms] of [
    [0, 16],
    [1, 24],
  ] as const) {
    starts.length = 0;
    random.mockReturnValue(value);
    const task = new PeriodicTask({ everyMs: 20, startsAtOnce: true, run });
    task.start();
    await expect.poll(() => starts.length, soon).toBeGreaterThan(1);
    await task.stop();
    // Timers count whole ms, so one can end up to one early.
    expect((starts[1] ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(ms - 2);
  }
  random.mockRestore();
});
