import { describe, expect, it, vi } from 'vitest';
import type { AppDeletion } from '../../../../server/src/domain/app-deletion.ts';
import type { EraseStep, ReleaseChange } from '../../../../server/src/domain/ports/app-deletion-store.ts';
import { createAppEraser, toSettleMs } from '../../../../server/src/services/accounts/erase-apps.ts';
import { FakeClock } from '../../../support/clock.ts';

const minute = 60_000;
const nothing = { webhooks: 0, events: 0, deliveries: 0, replays: 0 };
const empty: EraseStep = { erased: nothing, isMore: false };

/** One deletion that is due once, with what its batches erase. The settle time is a minute and ten seconds. */
async function eraseOnce(
  steps: readonly (EraseStep | undefined)[],
  { emptySinceMs, ...change }: Partial<AppDeletion> & { emptySinceMs?: number } = {},
) {
  const clock = new FakeClock();
  const now = clock.now();
  const deletion = {
    id: 'del_1',
    appId: 'app_a',
    accountId: 'acc_a',
    status: 'running',
    createdAt: now - 5 * minute,
    finishedAt: null,
    erased: { ...nothing, events: 7 },
    ...change,
  } as AppDeletion; // `as`: the eraser reads these fields alone
  const calls: unknown[] = [];
  const releases: ReleaseChange[] = [];
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const claims = [
    { deletion, token: 't', emptySince: emptySinceMs === undefined ? undefined : now - emptySinceMs },
  ];
  let step = 0;
  const eraseApps = createAppEraser({
    deletions: {
      claim: () => Promise.resolve(claims.shift()),
      eraseSome: (_claim, limit, leaseUntil) => {
        calls.push(['erase', limit, leaseUntil - now]);
        return Promise.resolve(steps[Math.min(step++, steps.length - 1)]);
      },
      release: (_claim, released) => {
        calls.push(['release']);
        releases.push(released);
        return Promise.resolve();
      },
    },
    audit: { record: (actor, record) => Promise.resolve(void calls.push(['audit', actor, record])) },
    clock,
    log,
    settleMs: toSettleMs(10_000),
  });
  await eraseApps(new AbortController().signal);
  const [released] = releases;
  const dueInMs = released?.due === undefined ? undefined : released.due - now;
  return { calls, released, dueInMs, now, log };
}

describe('a turn of a deletion', () => {
  it('erases ten batches of a thousand at most, and is due again at once', async () => {
    const { calls, released, dueInMs } = await eraseOnce([
      { erased: { ...nothing, events: 1_000 }, isMore: true },
    ]);
    expect(calls).toEqual([...Array.from({ length: 10 }, () => ['erase', 1_000, 15_000]), ['release']]);
    expect([dueInMs, released?.emptySince]).toEqual([0, undefined]);
  });

  it.each(['webhooks', 'events', 'deliveries', 'replays'])(
    'is no empty sweep if it erased %s',
    async (kind) => {
      const steps = [{ erased: { ...nothing, [kind]: 1 }, isMore: false }];
      const { dueInMs, released } = await eraseOnce(steps, { emptySinceMs: 5 * minute });
      expect([dueInMs, released?.emptySince, released?.finishedAt]).toEqual([0, undefined, undefined]);
    },
  );

  it('waits a second if only events in the outbox are left', async () => {
    const { calls, dueInMs } = await eraseOnce([{ erased: nothing, isMore: true }]);
    expect(calls).toHaveLength(2);
    expect(dueInMs).toBe(1_000);
  });

  it('ends without a change if another process has the deletion', async () => {
    const { calls } = await eraseOnce([undefined]);
    expect(calls).toHaveLength(1);
  });
});

describe('an empty sweep', () => {
  it.each([
    ['is the first one', undefined, 5_000, 0],
    ['follows another', 60_000, 5_000, 60_000],
    ['comes shortly before the settle time ends', 66_000, 4_000, 66_000],
  ])('is repeated within five seconds if it %s', async (_name, emptySinceMs, due, emptyFor) => {
    const { now, released, dueInMs } = await eraseOnce(
      [empty],
      emptySinceMs === undefined ? {} : { emptySinceMs },
    );
    expect(dueInMs).toBe(due);
    expect(now - (released?.emptySince ?? 0)).toBe(emptyFor);
    expect(released?.finishedAt).toBeUndefined();
  });

  it('ends the deletion a settle time after the first one, with an entry of the audit log before', async () => {
    const { calls, now, released, dueInMs, log } = await eraseOnce([empty], { emptySinceMs: 70_000 });
    const details = { ...nothing, events: 7 };
    expect(calls.slice(1)).toEqual([
      [
        'audit',
        'system',
        { action: 'app.erased', accountId: 'acc_a', appId: 'app_a', targetId: 'app_a', details },
      ],
      ['release'],
    ]);
    expect([released?.finishedAt, dueInMs, released?.emptySince]).toEqual([now, 10 * minute, undefined]);
    const durationMs = 5 * minute;
    expect(log.info).toHaveBeenCalledWith({ appId: 'app_a', ...details, durationMs }, expect.any(String));
  });

  it.each([
    [0, 10 * minute],
    [10 * minute - 1, 1],
    [10 * minute, 50 * minute],
    [60 * minute, 23 * 60 * minute],
    [24 * 60 * minute, undefined],
  ])('of a deletion that ended %i ms ago is followed by another in %s ms', async (age, due) => {
    const finishedAt = new FakeClock().now() - age;
    const { calls, dueInMs, released } = await eraseOnce([empty], { status: 'done', finishedAt });
    expect(dueInMs).toBe(due);
    expect(released?.finishedAt).toBeUndefined();
    expect(calls).toHaveLength(2);
  });
});

it('stops quietly while the database is away, and before it claims anything once it is stopped', async () => {
  const claim = vi.fn(() => Promise.reject(new Error('away')));
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const deletions = { claim, eraseSome: vi.fn(), release: vi.fn() };
  const eraseApps = createAppEraser({
    deletions,
    audit: { record: vi.fn() },
    clock: new FakeClock(),
    log,
    settleMs: 0,
  });
  await eraseApps(new AbortController().signal);
  expect(log.warn).toHaveBeenCalledWith({ err: new Error('away') }, expect.any(String));
  await eraseApps(AbortSignal.abort());
  expect(claim).toHaveBeenCalledTimes(1);
});
