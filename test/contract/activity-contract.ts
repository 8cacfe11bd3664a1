import { expect, it } from 'vitest';
import { noActivity } from '../../server/src/domain/activity.ts';
import type { Visibility } from '../../server/src/domain/ports/page-request.ts';
import type { StoresHarness } from './stores-harness.ts';

/** The counts of the overview. */
export function activityContract(name: string, open: () => StoresHarness): void {
  it(`${name}: keeps the counts of all processes and apps in a minute, and reads no earlier minutes`, async () => {
    await using h = open();
    const counts = { ...noActivity(), accepted: 2, delivered: 1 };
    counts.latency[3] = 1;
    const ours = { appId: 'app_a', accountId: 'acc_a', counts };
    const theirs = { appId: 'app_b', accountId: 'acc_b', counts };
    const more = { ...ours, counts: { ...counts, accepted: 5 } };
    await h.activity.save([
      { id: 'p1:1:0', at: 60_000, savedAt: 1, apps: [ours] },
      { id: 'p2:1:0', at: 60_000, savedAt: 1, apps: [theirs, ours] },
      { id: 'p1:2:0', at: 120_000, savedAt: 1, apps: [ours, theirs] },
    ]);
    // The minute went on.
    await h.activity.save([{ id: 'p1:1:0', at: 60_000, savedAt: 2, apps: [more] }]);
    const read = async (visibility: Partial<Visibility>, since: number) => {
      const entries = await h.activity.read({ excludedAppIds: [], ...visibility }, since);
      return entries.map(({ appId, at, counts: { accepted } }) => `${appId} ${at} ${accepted}`).sort();
    };
    const all = ['app_a 120000 2', 'app_a 60000 2', 'app_a 60000 5'];
    expect(await read({ accountId: 'acc_a' }, 60_000)).toEqual(all);
    expect(await read({ accountId: 'acc_b' }, 60_000)).toHaveLength(2);
    expect(await read({ appId: 'app_a' }, 60_001)).toEqual(all.slice(0, 1));
    expect(await read({}, 0)).toHaveLength(5);
    expect(await read({ excludedAppIds: ['app_b'] }, 0)).toEqual(all);
    const [entry] = await h.activity.read({ accountId: 'acc_b', excludedAppIds: [] }, 100_000);
    expect(entry).toEqual({ appId: 'app_b', accountId: 'acc_b', at: 120_000, counts });
    const saved = await h.activity.listSaved(60_000);
    expect(saved.map(({ id, savedAt }) => `${id} ${savedAt}`)[0]).toBe('p1:2:0 1');
    expect(saved.find(({ id }) => id === 'p1:1:0')).toEqual({
      id: 'p1:1:0',
      savedAt: 2,
      apps: [{ appId: 'app_a', accountId: 'acc_a' }],
    });
    expect(await h.activity.listSaved(60_001)).toHaveLength(1);
  });
}
