import { describe, expect, it } from 'vitest';
import type { Account, Actor } from '../../../../server/src/domain/access.ts';
import { noLimits, type LimitOverrides } from '../../../../server/src/domain/account-limits.ts';
import { CachedAccountLimits } from '../../../../server/src/services/limits/account-limits.ts';
import { createAccountUsage } from '../../../../server/src/services/limits/account-usage.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { FakeClock } from '../../../support/clock.ts';

const defaults = { ...noLimits, apps: 10, callsPerSecond: 50, eventsPerSecond: 100 };

/** The accounts `acc_a` and `acc_default`, with what they use. `tokens` are those left of each budget. */
function aScene({
  tokens = {},
  overrides = {},
}: { tokens?: Record<string, number>; overrides?: LimitOverrides } = {}) {
  const accounts = new Map<string, Account>([
    ['acc_a', { id: 'acc_a', name: 'A', createdAt: 0, limits: overrides }],
    ['acc_default', { id: 'acc_default', name: 'Default', createdAt: 0 }],
  ]);
  const audited: unknown[] = [];
  const store = {
    get: (id: string) => Promise.resolve(accounts.get(id)),
    getMany: (ids: readonly string[]) => Promise.resolve(ids.flatMap((id) => accounts.get(id) ?? [])),
    setLimits: (id: string, limits: LimitOverrides) => {
      accounts.set(id, { id, name: id, createdAt: 0, limits });
      return Promise.resolve();
    },
  };
  const usage = createAccountUsage({
    accounts: store as never, // `as`: the service neither inserts nor lists accounts
    counts: { count: () => Promise.resolve({ apps: 1, webhooks: 2, keys: 3, replays: 4 }) },
    changes: { read: () => Promise.resolve({ hour: 5, day: 6 }) } as never,
    budgets: { read: (id: string) => Promise.resolve(tokens[id]) } as never,
    accountLimits: new CachedAccountLimits({ accounts: store, defaults }),
    access: accessTo({}),
    audit: { record: (...entry: unknown[]) => Promise.resolve(void audited.push(entry)) } as never,
    clock: new FakeClock(Date.parse('2026-01-01T11:50:00.000Z')),
  });
  return { usage, audited };
}

describe('the usage of an account', () => {
  it('has what is used of each limit, its default, and when it is free again', async () => {
    const { usage } = aScene({
      tokens: { 'calls:acc_a': 99.5, 'events:acc_a': 500 },
      overrides: { apps: 20 },
    });
    const { accountId, limits } = await usage.get(keyActor(), {});
    expect(accountId).toBe('acc_a');
    const rest = { limit: null, defaultLimit: null, burst: null, resetsAt: null };
    expect(limits).toEqual([
      { ...rest, name: 'apps', limit: 20, defaultLimit: 10, used: 1 },
      { ...rest, name: 'webhooks', used: 2 },
      { ...rest, name: 'keys', used: 3 },
      { ...rest, name: 'replays', used: 4 },
      { ...rest, name: 'changesPerHour', used: 5, resetsAt: '2026-01-01T12:00:00.000Z' },
      { ...rest, name: 'changesPerDay', used: 6, resetsAt: '2026-01-02T00:00:00.000Z' },
      {
        name: 'callsPerSecond',
        limit: 50,
        defaultLimit: 50,
        burst: 150,
        used: 51,
        resetsAt: '2026-01-01T11:50:01.020Z',
      },
      { name: 'eventsPerSecond', limit: 100, defaultLimit: 100, burst: 500, used: 0, resetsAt: null },
    ]);
  });

  it('is nothing of a rate that no process has leased from, has given back too much of, or is unlimited', async () => {
    const { usage } = aScene({ tokens: { 'events:acc_a': 501 }, overrides: { callsPerSecond: 0 } });
    const { limits } = await usage.get(keyActor(), {});
    const rates = limits.filter(({ name }) => name.endsWith('PerSecond'));
    expect(rates.map(({ used, resetsAt }) => [used, resetsAt])).toEqual([
      [0, null],
      [0, null],
    ]);
    const operator = await usage.get(rootActor, {});
    expect(operator.accountId).toBe('acc_default');
    expect(operator.limits.map(({ burst }) => burst)).toEqual(Array(8).fill(null));
  });

  it.each<[string, Actor, string | undefined, object]>([
    ['of another account', keyActor(), 'acc_b', { code: 'FORBIDDEN', message: 'account acc_b is not yours' }],
    ['of no account', rootActor, 'acc_gone', { code: 'NOT_FOUND', message: 'no account acc_gone' }],
    [
      'by a key of one app',
      { ...keyActor(), appId: 'app_a' } as Actor,
      undefined,
      { code: 'FORBIDDEN', message: 'this credential is bound to the app app_a and cannot see its account' },
    ],
  ])('is not shown %s', async (_name, actor, accountId, error) => {
    const { usage } = aScene();
    await expect(usage.get(actor, { accountId })).rejects.toMatchObject(error);
  });

  it('is shown to root for any account', async () => {
    expect((await aScene().usage.get(rootActor, { accountId: 'acc_a' })).accountId).toBe('acc_a');
  });
});

describe('the limits of an account', () => {
  it('are changed by the operator, with an entry of the audit log', async () => {
    const { usage, audited } = aScene({ overrides: { keys: 3, apps: 5, webhooks: 9 } });
    const input = {
      accountId: 'acc_a',
      limits: { keys: 7, apps: 'unlimited', webhooks: 9 },
    } as const;
    const { limits } = await usage.setLimits(rootActor, input);
    expect(limits.slice(0, 3).map(({ limit }) => limit)).toEqual([null, 9, 7]);
    expect(audited).toEqual([
      [
        rootActor,
        {
          action: 'account.limits_changed',
          accountId: 'acc_a',
          targetId: 'acc_a',
          targetName: 'A',
          details: { changed: ['apps', 'keys'] },
          changes: [
            { field: 'apps', before: 5, after: 'unlimited' },
            { field: 'keys', before: 3, after: 7 },
          ],
        },
      ],
    ]);
  });

  it.each<[string, Actor, string, string]>([
    ['a customer', keyActor(), 'acc_a', 'SCOPE_MISSING'],
    ['root for no account', rootActor, 'acc_gone', 'NOT_FOUND'],
  ])('are not changed by %s', async (_name, actor, accountId, code) => {
    const { usage, audited } = aScene();
    await expect(usage.setLimits(actor, { accountId, limits: { keys: 7 } })).rejects.toMatchObject({ code });
    expect(audited).toEqual([]);
  });
});
