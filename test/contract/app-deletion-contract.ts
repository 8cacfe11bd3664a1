import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noActivity } from '../../server/src/domain/activity.ts';
import { unknownHealth } from '../../server/src/domain/endpoint-health.ts';
import type { AppStore } from '../../server/src/domain/ports/access-stores.ts';
import type { ActivityBatch } from '../../server/src/domain/ports/activity-store.ts';
import type { AppDeletionStore } from '../../server/src/domain/ports/app-deletion-store.ts';
import type { IdempotentCallStore } from '../../server/src/domain/ports/idempotent-call-store.ts';
import type { EndpointHealthStore, WebhookStore } from '../../server/src/domain/ports/webhook-store.ts';
import type { Replay } from '../../server/src/domain/replay.ts';
import { createAppEraser, toSettleMs } from '../../server/src/services/accounts/erase-apps.ts';
import type { AuditRecord } from '../../server/src/services/audit/audit-log.ts';
import { aReplay, aWebhook, anIdempotentCall } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { silent } from '../support/silent-log.ts';

export interface AppDeletionHarness extends AsyncDisposable {
  readonly apps: AppStore;
  readonly appDeletions: AppDeletionStore;
  readonly webhooks: WebhookStore;
  readonly health: EndpointHealthStore;
  readonly idempotentCalls: IdempotentCallStore;
  /** Stores delivered events of an app, with one delivery each. */
  storeDelivered(appId: string, count: number, at: number): Promise<void>;
  storeReplay(replay: Replay): Promise<void>;
  storeActivity(batches: readonly ActivityBatch[]): Promise<void>;
  /** Returns the apps that have activity. */
  readActivity(): Promise<readonly string[]>;
  /** Counts what an app has: webhooks, replays, activity, events and deliveries. */
  countOf(appId: string): Promise<number>;
}

export const leaseMs = 15_000;
const settleMs = toSettleMs(10_000);

/** Deletions and their erasure on a clock of their own. */
export function toScene<T extends Pick<AppDeletionHarness, 'apps' | 'appDeletions' | 'storeDelivered'>>(
  h: T,
) {
  const clock = new FakeClock();
  const recorded: AuditRecord[] = [];
  const eraseApps = createAppEraser({
    deletions: h.appDeletions,
    audit: { record: (_, entry) => Promise.resolve(void recorded.push(entry)) },
    clock,
    log: silent,
    settleMs,
  });
  let started = 0;
  return {
    ...h,
    clock,
    recorded,
    createApp: (id: string, accountId = 'acc_a') =>
      h.apps.insert({ id, accountId, name: id, createdAt: clock.now() }),
    startDeletion: (appId: string, maxRunning = 100) =>
      h.appDeletions.start({ id: `del_${++started}`, appId, createdAt: clock.now() }, maxRunning),
    deliver: (appId: string, count: number) => h.storeDelivered(appId, count, clock.now()),
    erase: async () => await eraseApps(new AbortController().signal),
  };
}

/** How apps are deleted, and what they had is erased. A function, so that another store can run the same suite. */
export function appDeletionContract(name: string, open: () => Promise<AppDeletionHarness>): void {
  startContract(name, open);
  erasureContract(name, open);
}

function startContract(name: string, open: () => Promise<AppDeletionHarness>): void {
  describe(`${name}: the deletion of an app`, () => {
    it('gives the id of a deleted app to no other, also while its deletion and a creation race', async () => {
      await using h = toScene(await open());
      await h.createApp('app_1');
      expect(await h.createApp('app_1', 'acc_b')).toBe('exists');
      const created = await Promise.all([
        h.startDeletion('app_1'),
        ...Array.from({ length: 5 }, () => h.createApp('app_1', 'acc_b')),
      ]);
      expect(created.slice(1)).not.toContain('inserted');
      expect(await h.createApp('app_1', 'acc_b')).toBe('deleted');
      expect(await h.apps.get('app_1')).toBeUndefined();
      expect(await h.startDeletion('app_1')).toBe('missing');
    });

    it('deletes the webhooks with the app, and nothing of another app', async () => {
      await using h = toScene(await open());
      for (const id of ['app_1', 'app_2']) await h.createApp(id);
      const [ours, theirs] = [aWebhook({ appId: 'app_1' }), aWebhook({ appId: 'app_2' })];
      for (const webhook of [ours, theirs]) await h.webhooks.insert(webhook, 5);
      expect(await h.startDeletion('app_1')).toEqual({ accountId: 'acc_a', webhookIds: [ours.id] });
      expect(await h.webhooks.get(ours.id)).toBeUndefined();
      expect(await h.webhooks.get(theirs.id)).toMatchObject({ id: theirs.id });
      expect(await h.webhooks.insert(aWebhook({ appId: 'app_2' }), 1)).toBe('limit_reached');
    });

    it('limits the running erasures of an account, and changes nothing above the limit', async () => {
      await using h = toScene(await open());
      for (const id of ['app_1', 'app_2']) await h.createApp(id);
      await h.createApp('app_b', 'acc_b');
      await h.startDeletion('app_1', 1);
      expect(await h.startDeletion('app_2', 1)).toBe('limit_reached');
      expect(await h.apps.get('app_2')).toMatchObject({ id: 'app_2' });
      expect(await h.startDeletion('app_b', 1)).toMatchObject({ accountId: 'acc_b' });
    });
  });
}

function erasureContract(name: string, open: () => Promise<AppDeletionHarness>): void {
  describe(`${name}: the erasure of an app`, () => {
    it('erases everything of the app in batches, counts it and records the end once', async () => {
      await using h = toScene(await open());
      for (const id of ['app_1', 'app_2']) await h.createApp(id);
      await h.deliver('app_1', 1_500);
      await h.deliver('app_2', 3);
      const webhook = aWebhook({ appId: 'app_1' });
      await h.webhooks.insert(webhook, 5);
      const failing = { ...unknownHealth, failuresInARow: 3 };
      await h.health.save([{ webhook, health: failing, epoch: 0 }]);
      const call = anIdempotentCall({ appId: 'app_1' });
      await h.idempotentCalls.begin(call, 0);
      await h.storeReplay(aReplay({ appId: 'app_1' }));
      const counts = { ...noActivity(), accepted: 1 };
      const toBatch = (id: string, ...appIds: string[]) => ({
        id,
        at: 0,
        savedAt: 0,
        apps: appIds.map((appId) => ({ appId, accountId: 'acc_a', counts })),
      });
      await h.storeActivity([toBatch('p:0', 'app_10', 'app_1'), toBatch('p:1', 'app_1')]);
      await h.startDeletion('app_1');
      await h.erase();
      expect(await h.countOf('app_1')).toBe(0);
      expect(await h.countOf('app_2')).toBe(6);
      expect(await h.health.get([webhook.id])).toEqual(new Map());
      expect(await h.idempotentCalls.find(call.id)).toBeUndefined();
      expect(await h.readActivity()).toEqual(['app_10']);
      expect(await h.appDeletions.findErasing('acc_a')).toEqual(['app_1']);
      expect(h.recorded).toEqual([]);
      h.clock.advance(settleMs);
      await h.erase();
      await h.erase();
      const erased = { webhooks: 1, events: 1_500, deliveries: 1_500, replays: 1 };
      const { items } = await h.appDeletions.list({ accountId: 'acc_a' }, { cursor: undefined, limit: 10 });
      expect(items).toMatchObject([{ appId: 'app_1', status: 'done', erased, finishedAt: h.clock.now() }]);
      expect(h.recorded).toMatchObject([
        { action: 'app.erased', accountId: 'acc_a', appId: 'app_1', details: erased },
      ]);
      expect(await h.appDeletions.findErasing('acc_a')).toEqual([]);
    });

    it('erases what is written after a sweep, within the settle time and after it', async () => {
      await using h = toScene(await open());
      await h.createApp('app_1');
      await h.startDeletion('app_1');
      await h.erase();
      await h.deliver('app_1', 2);
      h.clock.advance(settleMs);
      await h.erase();
      expect(await h.countOf('app_1')).toBe(0);
      // Something was written, so the settle time starts again.
      expect(await h.appDeletions.findErasing('acc_a')).toEqual(['app_1']);
      h.clock.advance(settleMs);
      await h.erase();
      expect(await h.appDeletions.findErasing('acc_a')).toEqual([]);
      for (const minutes of [10, 60, 24 * 60]) {
        await h.deliver('app_1', 1);
        h.clock.advance(minutes * 60_000);
        await h.erase();
        expect(await h.countOf('app_1')).toBe(0);
      }
      h.clock.advance(24 * 60 * 60_000);
      await h.erase();
      expect(await h.appDeletions.claim(Number.MAX_SAFE_INTEGER, leaseMs, randomUUID())).toBeUndefined();
      expect(h.recorded).toHaveLength(1);
    });

    it('is continued by another process after the lease, and the first one changes nothing any more', async () => {
      await using h = toScene(await open());
      await h.createApp('app_1');
      await h.deliver('app_1', 30);
      await h.startDeletion('app_1');
      const first = await h.appDeletions.claim(h.clock.now(), leaseMs, randomUUID());
      if (first === undefined) throw new Error('no claim');
      const until = h.clock.now() + leaseMs;
      expect(await h.appDeletions.eraseSome(first, 10, until)).toMatchObject({
        erased: { deliveries: 10 },
        isMore: true,
      });
      expect(await h.appDeletions.claim(h.clock.now(), leaseMs, randomUUID())).toBeUndefined();
      h.clock.advance(leaseMs);
      await h.erase();
      expect(await h.countOf('app_1')).toBe(0);
      await h.deliver('app_1', 1);
      expect(await h.appDeletions.eraseSome(first, 10, until)).toBeUndefined();
      await h.appDeletions.release(first, {
        due: undefined,
        emptySince: undefined,
        finishedAt: h.clock.now(),
      });
      expect(await h.countOf('app_1')).toBe(2);
      const { items } = await h.appDeletions.list({}, { cursor: undefined, limit: 10 });
      expect(items).toMatchObject([{ status: 'running', erased: { events: 30, deliveries: 30 } }]);
    });

    it('takes the accounts in turns, however many apps one of them deletes', async () => {
      await using h = toScene(await open());
      for (const id of ['app_1', 'app_2', 'app_3']) {
        await h.createApp(id, 'acc_a');
        await h.startDeletion(id);
      }
      await h.createApp('app_b', 'acc_b');
      await h.startDeletion('app_b');
      const turns: (string | undefined)[] = [];
      for (let n = 0; n < 6; n++) {
        h.clock.advance(1);
        const claim = await h.appDeletions.claim(h.clock.now(), leaseMs, randomUUID());
        if (claim === undefined) throw new Error('no claim');
        turns.push(claim.deletion.appId);
        await h.appDeletions.release(claim, { due: h.clock.now(), emptySince: undefined });
      }
      expect(turns).toEqual(['app_1', 'app_b', 'app_2', 'app_b', 'app_3', 'app_b']);
    });
  });
}
