import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Account } from '../../../../server/src/domain/access.ts';
import { noLimits } from '../../../../server/src/domain/account-limits.ts';
import { CachedAccountLimits } from '../../../../server/src/services/limits/account-limits.ts';

const defaults = { ...noLimits, apps: 5, keys: 7 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Limits of accounts in memory. `reads` has the ids of each query; `hold` keeps queries from ending. */
function aScene(accounts: Record<string, Account['limits']> = {}) {
  const reads: (readonly string[])[] = [];
  let held: Promise<void> = Promise.resolve();
  const limits = new CachedAccountLimits({
    accounts: {
      getMany: async (ids) => {
        reads.push(ids);
        const found = ids.flatMap((id): Account[] =>
          id in accounts ? [{ id, name: id, createdAt: 0, limits: accounts[id] }] : [],
        );
        await held;
        return found;
      },
    },
    defaults,
  });
  const hold = () => {
    let release = () => {};
    held = new Promise((resolve) => (release = resolve));
    return () => release();
  };
  return { limits, reads, accounts, hold };
}

describe('the limits of an account', () => {
  it('are the defaults with what the operator set', async () => {
    const { limits } = aScene({ acc_a: { keys: 'unlimited', webhooks: 2 }, acc_b: undefined });
    expect(await limits.get('acc_a')).toEqual({ ...defaults, keys: null, webhooks: 2 });
    expect(await limits.get('acc_b')).toEqual(defaults);
    expect(await limits.get('acc_gone')).toEqual(defaults);
    expect(await limits.get('acc_default')).toEqual(noLimits);
    expect(limits.getDefaults('acc_a')).toEqual(defaults);
  });

  it('are read once, also by calls at the same time, and in one query for many accounts', async () => {
    const { limits, reads } = aScene();
    await Promise.all(['acc_a', 'acc_a', 'acc_b'].map(async (id) => await limits.get(id)));
    expect(limits.get('acc_a')).toEqual(defaults);
    expect(reads).toEqual([['acc_a', 'acc_b']]);
  });

  it('are read again after a change of the account, or of all', async () => {
    const { limits, reads } = aScene();
    const readAll = async () => {
      for (const id of ['acc_a', 'acc_b']) await limits.get(id);
    };
    await readAll();
    limits.forget('acc_a');
    await readAll();
    expect(reads.flat()).toEqual(['acc_a', 'acc_b', 'acc_a']);
    limits.forget(undefined);
    await readAll();
    await readAll();
    expect(reads.flat().slice(3)).toEqual(['acc_a', 'acc_b']);
  });

  it.each([['acc_a'], [undefined]])('that change during a read are not cached: %s', async (changed) => {
    const { limits, accounts, hold } = aScene({ acc_a: { apps: 1 } });
    const release = hold();
    const before = limits.get('acc_a');
    await vi.advanceTimersByTimeAsync(0);
    accounts['acc_a'] = { apps: 2 };
    limits.forget(changed);
    const after = limits.get('acc_a');
    release();
    expect(await before).toMatchObject({ apps: 1 });
    expect(await after).toMatchObject({ apps: 2 });
    expect(limits.get('acc_a')).toMatchObject({ apps: 2 });
  });

  it('are read from the database when that is asked for', async () => {
    const { limits, accounts, reads } = aScene({ acc_a: { apps: 1 } });
    await limits.get('acc_a');
    accounts['acc_a'] = { apps: 2 };
    expect(await limits.get('acc_a')).toMatchObject({ apps: 1 });
    expect(await limits.read('acc_a')).toMatchObject({ apps: 2 });
    expect(limits.get('acc_a')).toMatchObject({ apps: 2 });
    expect(reads).toHaveLength(2);
  });
});
