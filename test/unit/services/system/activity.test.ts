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
  return { clock, saved, state, activity: new ActivityLog({ store, processId: 'p1', clock, log: silent }) };
}

it('counts by app and minute, in one batch for each minute', async () => {
  const { activity, clock, saved } = activityLog();
  const start = clock.now();
  activity.recordAccepted(appA);
  activity.recordAccepted(appB);
  clock.advance(59_999);
  activity.recordAccepted(appA);
  activity.recordResult(appA, { status: 'delivered', hasSucceeded: true, latencyMs: 15 });
  activity.recordResult(appA, { status: 'failed', hasSucceeded: false, latencyMs: 15 });
  clock.advance(1);
  activity.recordAccepted(appA);
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
  const { activity, saved } = activityLog();
  for (let n = 0; n < 3; n++) {
    activity.recordAccepted(appA);
    await activity.save();
  }
  expect(saved.map(([batch]) => [batch?.id, batch?.apps[0]?.counts.accepted])).toEqual(
    [1, 2, 3].map((accepted) => [saved[0]?.[0]?.id, accepted]),
  );
});

it('saves a minute with many apps once, when it has ended', async () => {
  const { activity, clock, saved } = activityLog();
  for (const app of many.slice(0, 100)) activity.recordAccepted(app);
  await activity.save();
  expect(saved.map((batches) => batches.length)).toEqual([5]);
  activity.recordAccepted(many[100] ?? appA);
  activity.recordAccepted(many[0] ?? appA);
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
  const { activity, clock, saved, state } = activityLog();
  state.isAway = true;
  for (let n = 0; n < 15; n++) {
    activity.recordAccepted(appA);
    await activity.save();
    clock.advance(60_000);
  }
  state.isAway = false;
  await activity.save();
  await activity.save();
  expect(saved.map((batches) => batches.length)).toEqual([10]);
});

it('writes the remaining counts when the process stops', async () => {
  const { activity, saved } = activityLog();
  for (const app of many) activity.recordAccepted(app);
  await activity.stop();
  expect(saved.flat().flatMap(({ apps }) => apps)).toHaveLength(101);
});
