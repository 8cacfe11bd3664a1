import { expect, it } from 'vitest';
import type { ActivityBatch } from '../../../../server/src/domain/ports/activity-store.ts';
import { ActivityLog } from '../../../../server/src/services/system/activity.ts';
import { FakeClock } from '../../../support/clock.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const appA = { appId: 'app_a', accountId: 'acc_a' };
const appB = { appId: 'app_b', accountId: 'acc_b' };
const many = Array.from({ length: 101 }, (_, index) => ({ appId: `app_${index}`, accountId: 'acc_a' }));

/** A log that the test saves. `saved` has copies of the batches of each save. */
function activityLog() {
  const clock = new FakeClock();
  const saved: (readonly ActivityBatch[])[] = [];
  const state = { isAway: false };
  const store = {
    save: (batches: readonly ActivityBatch[]) => {
      if (state.isAway) return Promise.reject(new Error('away'));
      saved.push(structuredClone(batches));
      return Promise.resolve();
    },
  };
  const activity = new ActivityLog({ store, processId: 'p1', clock, log: silent });
  const accept = (app: typeof appA, at = clock.now()) =>
    activity.recordAccepted({ ...app, acceptedAt: at }, 3);
  return { clock, saved, state, activity, accept };
}

it('counts by app and minute, in one batch for each minute', async () => {
  const { activity, accept, clock, saved } = activityLog();
  const start = clock.now();
  accept(appA);
  accept(appB);
  clock.advance(59_999);
  accept(appA);
  activity.recordResult(appA, { status: 'delivered', hasSucceeded: true, latencyMs: 15 });
  activity.recordResult(appA, { status: 'failed', hasSucceeded: false, latencyMs: 15 });
  clock.advance(1);
  accept(appA);
  await activity.save();
  await activity.save();
  expect(saved).toHaveLength(1);
  expect(saved[0]).toMatchObject([
    {
      id: `p1:${start}:0`,
      at: start,
      apps: [
        { ...appA, counts: { accepted: 2, delivered: 1, failed: 1, attempts: 2, failedAttempts: 1 } },
        { ...appB, counts: { accepted: 1 } },
      ],
    },
    { id: `p1:${start + 60_000}:0`, at: start + 60_000, apps: [{ ...appA, counts: { accepted: 1 } }] },
  ]);
});

it('saves a batch again while its minute lasts, with all of its counts', async () => {
  const { activity, accept, saved } = activityLog();
  for (let n = 0; n < 3; n++) {
    accept(appA);
    await activity.save();
  }
  expect(saved.map(([batch]) => [batch?.id, batch?.apps[0]?.counts.accepted])).toEqual(
    [1, 2, 3].map((accepted) => [saved[0]?.[0]?.id, accepted]),
  );
});

it('saves a minute with many apps once, when it has ended', async () => {
  const { activity, accept, clock, saved } = activityLog();
  for (const app of many.slice(0, 100)) accept(app);
  await activity.save();
  expect(saved.map((batches) => batches.length)).toEqual([5]);
  accept(many[100] ?? appA);
  accept(many[0] ?? appA);
  await activity.save();
  expect(saved).toHaveLength(1);
  clock.advance(60_000);
  await activity.save();
  await activity.save();
  expect(saved).toHaveLength(2);
  // Only the batches that changed.
  expect(saved[1]?.map(({ apps }) => apps.length)).toEqual([20, 1]);
});

it('saves what could not be saved later, for ten minutes', async () => {
  const { activity, accept, clock, saved, state } = activityLog();
  state.isAway = true;
  for (let n = 0; n < 15; n++) {
    accept(appA);
    await activity.save();
    clock.advance(60_000);
  }
  state.isAway = false;
  await activity.save();
  await activity.save();
  expect(saved.map((batches) => batches.length)).toEqual([10]);
});

it('writes the remaining counts when the process stops', async () => {
  const { activity, accept, saved } = activityLog();
  for (const app of many) accept(app);
  await activity.stop();
  expect(saved.flat().flatMap(({ apps }) => apps)).toHaveLength(101);
});

it('counts an event in the minute in which it was accepted, which is the one of its id', async () => {
  const { activity, accept, clock, saved } = activityLog();
  const start = clock.now();
  accept(appA);
  clock.advance(60_000);
  await activity.save();
  // Its insert took until now.
  accept(appA, start + 59_000);
  accept(appB, start - 60_000);
  await activity.save();
  expect(saved[1]).toMatchObject([
    { id: `p1:${start}:0`, apps: [{ ...appA, counts: { accepted: 2, deliveries: 6 } }] },
    // Too late for its minute, whose counts are not in memory any more.
    { id: `p1:${start + 60_000}:0`, apps: [{ ...appB, counts: { accepted: 1 } }] },
  ]);
});

it('keeps the last sample of what waits, beside the counts of the same minute', async () => {
  const { activity, accept, saved } = activityLog();
  accept(appA);
  activity.recordWaiting(appA, 7);
  activity.recordWaiting(appA, 5);
  activity.recordResult(appA, { status: 'pending', hasSucceeded: false, latencyMs: 1 });
  await activity.save();
  expect(saved[0]).toMatchObject([
    { apps: [{ counts: { accepted: 1, waiting: 5, retried: 1, attempts: 1, failedAttempts: 1 } }] },
  ]);
});
