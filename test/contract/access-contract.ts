import { describe, expect, it } from 'vitest';
import type {
  AccountStore,
  ApiKeyStore,
  AppStore,
  KeyFilter,
  SessionStore,
} from '../../server/src/domain/ports/access-stores.ts';
import type { Session } from '../../server/src/domain/session.ts';
import { aKey } from '../support/builders.ts';
import { readAllByAge } from '../support/pages.ts';

export interface AccessHarness extends AsyncDisposable {
  readonly accounts: AccountStore;
  readonly apps: AppStore;
  readonly keys: ApiKeyStore;
  readonly sessions: SessionStore;
}

const anApp = (id: string, accountId = 'acc_a', createdAt = 1) => ({ id, accountId, name: id, createdAt });
const anAccount = (id: string, createdAt = 1) => ({ id, name: id, createdAt });

const aSession = (idHash: string, change: Partial<Session> = {}): Session => ({
  idHash,
  kind: 'key',
  credential: 'c',
  createdAt: 1,
  expiresAt: 9,
  ...change,
});

/** How accounts, apps, sessions and lists of keys are stored. */
export function accessContract(name: string, open: () => Promise<AccessHarness>): void {
  describe(`${name}: accounts`, () => {
    it('are stored once, and listed newest first', async () => {
      await using h = await open();
      for (const [index, id] of ['acc_b', 'acc_a', 'acc_c'].entries())
        await h.accounts.insert(anAccount(id, 1 + (index >> 1)));
      await expect(h.accounts.insert(anAccount('acc_a'))).rejects.toThrow('duplicate key');
      expect(await h.accounts.get('acc_a')).toEqual(anAccount('acc_a'));
      expect(await h.accounts.get('acc_d')).toBeUndefined();
      const found = await h.accounts.getMany(['acc_c', 'acc_d', 'acc_a', 'acc_c']);
      expect(found.map(({ id }) => id).sort()).toEqual(['acc_a', 'acc_c']);
      expect(await readAllByAge((page) => h.accounts.list({}, page))).toEqual(['acc_c', 'acc_b', 'acc_a']);
    });

    it('keep the limits that a change does not name, and lose those that it sets to null', async () => {
      await using h = await open();
      await h.accounts.insert(anAccount('acc_a'));
      await h.accounts.setLimits('acc_a', { apps: 3, keys: 'unlimited' });
      await h.accounts.setLimits('acc_a', { apps: null, webhooks: 5 });
      expect((await h.accounts.get('acc_a'))?.limits).toEqual({ keys: 'unlimited', webhooks: 5 });
    });
  });

  describe(`${name}: apps`, () => {
    it('have a limit by account, which is exact if calls race', async () => {
      await using h = await open();
      await h.accounts.insert(anAccount('acc_a'));
      const ids = ['app_1', 'app_2', 'app_3', 'app_4'];
      const results = await Promise.all(ids.map((id) => h.apps.insert(anApp(id), 2)));
      expect(results.toSorted()).toEqual([
        'account_limit_reached',
        'account_limit_reached',
        'inserted',
        'inserted',
      ]);
      expect(await h.apps.insert(anApp('app_5', 'acc_b'), 1)).toBe('inserted');
      expect(await h.apps.insert(anApp('app_5', 'acc_b'))).toBe('exists');
      expect(await h.apps.insert(anApp('app_6'), 0)).toBe('account_limit_reached');
    });

    it('are listed newest first by account, and in the order of their ids behind one', async () => {
      await using h = await open();
      // Callers choose ids, so their order says nothing about the age. Two are as old.
      const ages = { app_3: 1, app_1: 2, app_4: 2, app_0: 3 };
      for (const [id, at] of Object.entries(ages)) await h.apps.insert(anApp(id, 'acc_a', at));
      await h.apps.insert(anApp('app_2', 'acc_b', 4));
      const list = (accountId?: string) => readAllByAge((page) => h.apps.list({ accountId }, page));
      expect(await list()).toEqual(['app_2', 'app_0', 'app_4', 'app_1', 'app_3']);
      expect(await list('acc_a')).toEqual(['app_0', 'app_4', 'app_1', 'app_3']);
      const ids = ['app_1', 'app_2', 'app_3'];
      expect(await readAllByAge((page) => h.apps.list({ ids }, page))).toEqual(['app_2', 'app_1', 'app_3']);
      const listAfter = async (id: string | undefined, limit: number) =>
        (await h.apps.listAfter(id, limit)).map((app) => app.id);
      expect(await listAfter(undefined, 2)).toEqual(['app_0', 'app_1']);
      expect(await listAfter('app_2', 9)).toEqual(['app_3', 'app_4']);
      expect(await h.apps.getMany(['app_2', 'app_9'])).toEqual([anApp('app_2', 'acc_b', 4)]);
    });
  });

  it(`${name}: keys are listed by account, app and scopes, newest first`, async () => {
    await using h = await open();
    const keys = [
      aKey({ id: 'key_2', createdAt: 1, scopes: ['events:publish'] }),
      aKey({ id: 'key_1', createdAt: 2, scopes: ['events:publish', 'events:read'], appId: 'app_1' }),
      aKey({ id: 'key_3', createdAt: 2, accountId: 'acc_b', scopes: ['events:publish'] }),
    ];
    for (const key of keys) await h.keys.insert({ ...key, hash: key.id });
    await expect(h.keys.insert(aKey({ id: 'key_4', hash: 'key_1' }))).rejects.toThrow('duplicate key');
    const list = (filter: KeyFilter) => readAllByAge((page) => h.keys.list(filter, page));
    expect(await list({})).toEqual(['key_3', 'key_1', 'key_2']);
    expect(await list({ accountId: 'acc_a' })).toEqual(['key_1', 'key_2']);
    expect(await list({ appId: 'app_1' })).toEqual(['key_1']);
    expect(await list({ scopesWithin: ['events:publish'] })).toEqual(['key_3', 'key_2']);
    expect(await list({ accountId: 'acc_a', scopesWithin: [] })).toEqual([]);
  });

  it(`${name}: sessions of a credential end except for the newest`, async () => {
    await using h = await open();
    const sessions = [1, 2, 3].map((createdAt) => aSession(`s${createdAt}`, { createdAt }));
    for (const session of [...sessions, aSession('other', { credential: 'd' })])
      await h.sessions.insert(session);
    const ids = ['s1', 's2', 's3', 'other', 'absent'];
    expect(await h.sessions.find(['s2', 'absent'])).toEqual([sessions[1]]);
    await h.sessions.deleteOlder('c', 2);
    expect((await h.sessions.find(ids)).map(({ idHash }) => idHash).sort()).toEqual(['other', 's2', 's3']);
    await h.sessions.delete('s3');
    expect((await h.sessions.find(ids)).map(({ idHash }) => idHash).sort()).toEqual(['other', 's2']);
  });

  it(`${name}: what is returned and what is stored share no object`, async () => {
    await using h = await open();
    const scopes = ['events:publish' as const];
    const key = aKey({ scopes });
    await h.keys.insert(key);
    scopes.pop();
    const found = (await h.keys.get(key.id))?.scopes ?? [];
    expect(found).toEqual(['events:publish']);
    // `as`: callers cannot change what they get, but nothing stops them at run time.
    (found as string[]).push('*');
    expect((await h.keys.get(key.id))?.scopes).toEqual(['events:publish']);
  });
}
