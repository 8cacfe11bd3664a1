import { describe, expect, it } from 'vitest';
import type {
  AccountStore,
  ApiKeyStore,
  AppStore,
  SessionStore,
} from '../../server/src/domain/ports/access-stores.ts';
import type { AppDeletionStore } from '../../server/src/domain/ports/app-deletion-store.ts';
import type { ChangeLog } from '../../server/src/domain/ports/change-log.ts';
import type { ProcessStore } from '../../server/src/domain/ports/ownership.ts';
import type { WebhookStore } from '../../server/src/domain/ports/webhook-store.ts';
import { aKey, aProcess, aWebhook } from '../support/builders.ts';

export interface ChangeLogHarness extends AsyncDisposable {
  readonly changeLog: ChangeLog;
  readonly accounts: AccountStore;
  readonly apps: AppStore;
  readonly appDeletions: AppDeletionStore;
  readonly keys: ApiKeyStore;
  readonly sessions: SessionStore;
  readonly webhooks: WebhookStore;
  readonly processes: ProcessStore;
  /** Adds changes of webhooks with these ids. */
  append(...ids: string[]): Promise<void>;
  /** The same for very many. The log has one change before. */
  appendMany(ids: readonly string[]): Promise<void>;
  /** The changes so far become too old to be kept. */
  expireChanges(): Promise<void>;
}

/** How changes to configuration are numbered. A function, so that another store can run the same suite. */
export function changeLogContract(name: string, open: () => Promise<ChangeLogHarness>): void {
  readingContract(name, open);
  waitsForOthersContract(name, open);
}

function readingContract(name: string, open: () => Promise<ChangeLogHarness>): void {
  describe(`${name}: the change log`, () => {
    it('contains each kind of change that processes cache, and no call that changed nothing', async () => {
      await using h = await open();
      const { apps, appDeletions, keys, sessions } = h;
      const webhook = aWebhook();
      const { id, appId } = webhook;
      const key = aKey();

      await apps.insert({ id: appId, accountId: 'acc_1', name: 'A', createdAt: 1 });
      expect(await apps.insert({ id: appId, accountId: 'acc_1', name: 'A', createdAt: 1 })).toBe('exists');
      await h.webhooks.insert(webhook, 1);
      expect(await h.webhooks.insert(aWebhook(), 1)).toBe('limit_reached');
      await h.webhooks.update(webhook, { description: 'new' });
      await h.webhooks.update(webhook, { enabled: true }, 3);
      await h.webhooks.update(aWebhook(), { description: 'absent' });
      await h.webhooks.disable(id, 'gone', 4);
      await h.webhooks.disable(id, 'gone', 5);
      await h.webhooks.delete(id);
      await h.webhooks.delete(id);
      await keys.insert(key);
      await keys.rotate(key, { hash: 'b'.repeat(64), prefix: 'tsk_111111', previous: null });
      await keys.revoke(key.id, 6);
      await keys.revoke(key.id, 7);
      await sessions.insert({ idHash: 's', kind: 'key', credential: 'c', createdAt: 1, expiresAt: 2 });
      await sessions.delete('s');
      await sessions.delete('s');
      await h.accounts.setLimits('acc_1', { apps: 3 });
      await appDeletions.start({ id: 'del_1', appId, createdAt: 8 }, 1);
      await appDeletions.start({ id: 'del_2', appId, createdAt: 9 }, 1);

      const app = { collection: 'apps', id: appId, appId };
      const ofWebhook = { collection: 'webhooks', id, appId };
      const ofKey = { collection: 'keys', id: key.id, appId: undefined };
      const { seen, changes } = await h.changeLog.read(0);
      expect(changes).toEqual([
        app,
        ofWebhook,
        { ...ofWebhook, resetsHealth: false },
        { ...ofWebhook, resetsHealth: true },
        ofWebhook,
        { ...ofWebhook, resetsHealth: true },
        ofKey,
        ofKey,
        ofKey,
        { collection: 'sessions', id: 's', appId: undefined },
        { collection: 'accounts', id: 'acc_1', appId: undefined },
        app,
      ]);
      expect(seen).toBe(12);
      expect(await h.changeLog.read(12)).toEqual({ seen: 12, changes: [] });
    });

    it('has no gap after changes at the same time, some of which are undone', async () => {
      await using h = await open();
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          h.webhooks.insert(aWebhook({ appId: `app_${index % 2}` }), index < 10 ? 4 : 100),
        ),
      );
      const stored = results.filter((result) => result === 'inserted').length;
      const { seen, changes } = await h.changeLog.read(0);
      expect({ seen, length: changes?.length }).toEqual({ seen: stored, length: stored });
      expect(await h.webhooks.listForApps(['app_0', 'app_1'])).toHaveLength(stored);
    });

    it('reports that anything may have changed to a reader whose changes are no longer kept', async () => {
      await using h = await open();
      await h.append('wh_1', 'wh_2');
      await h.expireChanges();
      await h.append('wh_3');
      expect(await h.changeLog.read(1)).toEqual({ seen: 3, changes: undefined });
      expect(await h.changeLog.read(2)).toMatchObject({ seen: 3, changes: [{ id: 'wh_3' }] });
      await h.expireChanges();
      expect(await h.changeLog.read(2)).toEqual({ seen: 3, changes: undefined });
      expect(await h.changeLog.read(3)).toEqual({ seen: 3, changes: [] });
    });

    it('reports the same after a restore from a backup, to a new reader, and for very many changes', async () => {
      await using h = await open();
      expect(await h.changeLog.read(undefined)).toEqual({ seen: 0, changes: undefined });
      expect(await h.changeLog.read(7)).toEqual({ seen: 0, changes: undefined });
      await h.append('wh_1');
      expect(await h.changeLog.read(undefined)).toEqual({ seen: 1, changes: undefined });
      await h.appendMany(Array.from({ length: 1_001 }, (_, index) => `wh_${index}`));
      expect(await h.changeLog.read(1)).toEqual({ seen: 1_002, changes: undefined });
      expect((await h.changeLog.read(2)).changes).toHaveLength(1_000);
    });
  });
}

function waitsForOthersContract(name: string, open: () => Promise<ChangeLogHarness>): void {
  const minute = 60_000;

  describe(`${name}: a change`, () => {
    it.each([
      ['a live process that has not read it', { state: 'live', leaseMs: minute, changeSeen: 4 }, true],
      ['a live process that has read nothing', { state: 'live', leaseMs: minute, changeSeen: 0 }, true],
      [
        'a draining process, which still accepts events',
        { state: 'draining', leaseMs: minute, changeSeen: 4 },
        true,
      ],
      ['a process that has applied it', { state: 'live', leaseMs: minute, changeSeen: 5 }, false],
      ['a process that has died', { state: 'live', leaseMs: -1, changeSeen: 4 }, false],
      ['a fenced process', { state: 'fenced', leaseMs: minute, changeSeen: 4 }, false],
    ] as const)('waits for others: %s', async (_, { state, leaseMs, changeSeen }, expected) => {
      await using h = await open();
      await h.processes.register('p_other', aProcess(), leaseMs, changeSeen);
      if (state === 'draining') await h.processes.startDraining('p_other');
      if (state === 'fenced') await h.processes.fence('p_other', undefined);
      expect(await h.changeLog.isUnseen(5, 'p_self')).toBe(expected);
    });

    it('does not wait for the process that made it', async () => {
      await using h = await open();
      await h.processes.register('p_self', aProcess(), minute, 0);
      expect(await h.changeLog.isUnseen(5, 'p_self')).toBe(false);
      expect(await h.changeLog.isUnseen(5, 'p_other')).toBe(true);
      await h.processes.reportChangeSeen('p_self', 5);
      expect(await h.changeLog.isUnseen(5, 'p_other')).toBe(false);
    });
  });
}
