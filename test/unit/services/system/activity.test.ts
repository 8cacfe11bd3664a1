import { expect, it } from 'vitest';
import type { ActivityEntry } from '../../../../server/src/domain/ports/activity-store.ts';
import { ActivityLog } from '../../../../server/src/services/system/activity.ts';
import { FakeClock } from '../../../support/clock.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const appA = { appId: 'app_a', accountId: 'acc_a' };
const appB = { appId: 'app_b', accountId: 'acc_b' };

/** A log that the test saves. `saved` has the entries of each save. */
function activityLog() {
  const clock = new FakeClock();
  const saved: (readonly ActivityEntry[])[] = [];
  const store = {
    add: (entries: readonly ActivityEntry[]) => Promise.resolve(void saved.push(entries)),
    read: () => Promise.resolve([]),
  };
  return { clock, saved, activity: new ActivityLog({ store, clock, log: silent }) };
}

it('counts by app and minute, and writes each count once', async () => {
  const { activity, clock, saved } = activityLog();
  const start = clock.now();
  activity.recordAccepted(appA);
  activity.recordAccepted(appB);
  clock.advance(59_999);
  activity.recordAccepted(appA);
  activity.recordFinished(appA, 'delivered', 15);
  activity.recordFinished(appA, 'failed', 15);
  clock.advance(1);
  activity.recordAccepted(appA);
  await activity.save();
  await activity.save();
  expect(saved).toHaveLength(1);
  expect(saved[0]).toMatchObject([
    { ...appA, at: start, counts: { accepted: 2, delivered: 1, failed: 1 } },
    { ...appA, at: start + 60_000, counts: { accepted: 1, delivered: 0 } },
    { ...appB, at: start, counts: { accepted: 1 } },
  ]);
});

it('writes the remaining counts when the process stops', async () => {
  const { activity, saved } = activityLog();
  activity.recordAccepted(appA);
  await activity.stop();
  expect(saved).toHaveLength(1);
});
