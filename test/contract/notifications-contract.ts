import { describe, expect, it, vi } from 'vitest';
import type { ApiKeyStore, AppStore } from '../../server/src/domain/ports/access-stores.ts';
import type { AppDeletionStore } from '../../server/src/domain/ports/app-deletion-store.ts';
import type {
  ConfigChange,
  Notifications,
  OwnerNotifications,
  WorkNotice,
} from '../../server/src/domain/ports/notifications.ts';
import type { WebhookStore } from '../../server/src/domain/ports/webhook-store.ts';
import { aKey, aWebhook } from '../support/builders.ts';

export interface NotificationsHarness extends AsyncDisposable {
  /** Not started. */
  readonly notifications: Notifications & OwnerNotifications & { start(): void; close(): Promise<void> };
  readonly apps: AppStore;
  readonly appDeletions: AppDeletionStore;
  readonly keys: ApiKeyStore;
  readonly webhooks: WebhookStore;
  /** Another process on the same database. */
  openAnother(): Promise<NotificationsHarness>;
}

/** 'anything' stands for a notification without details. */
export type Heard = 'work' | 'owners' | 'anything' | ConfigChange;

/** A process that records what it is notified of. */
export function toProcess<T extends Pick<NotificationsHarness, 'notifications'>>(h: T) {
  const heard: Heard[] = [];
  h.notifications.subscribe({
    onWork: () => heard.push('work'),
    onConfigChange: (change) => heard.push(change ?? 'anything'),
    onOwnersChange: () => heard.push('owners'),
  });
  return {
    ...h,
    heard,
    start: async () => {
      h.notifications.start();
      await vi.waitFor(() => expect(heard).toEqual(['anything']), { timeout: 20_000 });
    },
  };
}

/** A notice of work in one partition. */
export const work: WorkNotice = { entries: [{ entryId: 'evt_1', partitions: [7] }], webhookIds: [] };

const within = { timeout: 20_000, interval: 5 };

/** How processes notify each other. A function, so that another store can run the same suite. */
export function notificationsContract(name: string, open: () => Promise<NotificationsHarness>): void {
  describe(`${name}: notifications between processes`, () => {
    it('announce work and each configuration change, in order and to all subscribers', async () => {
      await using one = toProcess(await open());
      await using other = toProcess(await one.openAnother());
      await Promise.all([one.start(), other.start()]);
      const { webhooks, apps, appDeletions, keys } = one;
      const webhook = aWebhook();
      const { id, appId } = webhook;

      await apps.insert({ id: appId, accountId: 'acc_1', name: 'A', createdAt: 1 });
      await webhooks.insert(webhook, 5);
      await webhooks.update(webhook, { enabled: false, updatedAt: 2 });
      await webhooks.update(webhook, { enabled: true, updatedAt: 3 });
      await webhooks.disable(id, 'gone', 4);
      await webhooks.update(webhook, { secret: 'another' });
      await webhooks.delete(id);
      await keys.insert(aKey({ id: 'key_1' }));
      await keys.revoke('key_1', 5);
      await appDeletions.start({ id: 'del_1', appId, createdAt: 6 }, 1);
      one.notifications.notifyWork(work);

      const app = { collection: 'apps', id: appId, appId };
      const ofWebhook = { collection: 'webhooks', id, appId };
      const key = { collection: 'keys', id: 'key_1', appId: undefined };
      const expected = [
        'anything',
        app,
        ...Array.from({ length: 6 }, () => ofWebhook),
        key,
        key,
        app,
        'work',
      ];
      for (const { heard } of [one, other]) await vi.waitFor(() => expect(heard).toEqual(expected), within);
    });

    it('gather the work of several calls, and tell every process which it is', async () => {
      await using one = toProcess(await open());
      await using other = toProcess(await one.openAnother());
      const told: WorkNotice[] = [];
      other.notifications.subscribe({
        onWork: (notice) => told.push(notice),
        onConfigChange: () => undefined,
      });
      await Promise.all([one.start(), other.start()]);
      // The first call sends at once, and the others within the gap after it are gathered.
      const entries = [1, 2, 3].map((n) => ({ entryId: `evt_${n}`, partitions: [n, n + 1] }));
      for (const entry of entries) one.notifications.notifyWork({ entries: [entry], webhookIds: [] });
      for (const id of ['wh_1', 'wh_2', 'wh_1'])
        one.notifications.notifyWork({ entries: [], webhookIds: [id] });
      await vi.waitFor(() => expect(told.flatMap((notice) => notice.entries)).toEqual(entries), within);
      await vi.waitFor(
        () => expect(told.flatMap((notice) => notice.webhookIds)).toEqual(['wh_1', 'wh_2']),
        within,
      );
      expect(told).toHaveLength(1);
    });

    it('announce that partitions changed hands', async () => {
      await using one = toProcess(await open());
      await using other = toProcess(await one.openAnother());
      await Promise.all([one.start(), other.start()]);
      one.notifications.notifyOwners();
      for (const { heard } of [one, other]) {
        await vi.waitFor(() => expect(heard).toEqual(['anything', 'owners']), within);
      }
    });

    it('are not sent for a call that changes nothing', async () => {
      await using one = toProcess(await open());
      await one.start();
      const { webhooks, appDeletions, keys } = one;
      await webhooks.update(aWebhook({ id: 'wh_absent' }), { enabled: false });
      await webhooks.disable('wh_absent', 'gone', 1);
      await webhooks.delete('wh_absent');
      await keys.touch(new Map([['key_1', 1]]));
      await appDeletions.start({ id: 'del_1', appId: 'app_absent', createdAt: 1 }, 1);
      one.notifications.notifyWork(work);
      await vi.waitFor(() => expect(one.heard).toEqual(['anything', 'work']), within);
    });

    it('skip what was sent before the subscription', async () => {
      await using one = toProcess(await open());
      await one.start();
      one.notifications.notifyWork(work);
      await vi.waitFor(() => expect(one.heard).toEqual(['anything', 'work']), within);
      await using late = toProcess(await one.openAnother());
      await late.start();
      one.notifications.notifyWork(work);
      await vi.waitFor(() => expect(late.heard).toEqual(['anything', 'work']), within);
    });

    it('stop once the process closes them, and go on in other processes', async () => {
      await using one = toProcess(await open());
      await using other = toProcess(await one.openAnother());
      await Promise.all([one.start(), other.start()]);
      await one.notifications.close();
      one.notifications.notifyWork(work);
      one.notifications.notifyOwners();
      other.notifications.notifyWork(work);
      await vi.waitFor(() => expect(other.heard).toEqual(['anything', 'work']), within);
      expect(one.heard).toEqual(['anything']);
    });

    it('reach the listeners behind one that fails', async () => {
      await using one = toProcess(await open());
      let calls = 0;
      one.notifications.subscribe({
        onWork: () => {
          throw new Error('a listener failed');
        },
        onConfigChange: () => undefined,
      });
      one.notifications.subscribe({ onWork: () => calls++, onConfigChange: () => undefined });
      await one.start();
      one.notifications.notifyWork(work);
      await vi.waitFor(() => expect(calls).toBe(1), within);
    });
  });
}
