import { describe, expect, it } from 'vitest';
import { unknownHealth } from '../../server/src/domain/endpoint-health.ts';
import type { ApiKeyStore } from '../../server/src/domain/ports/access-stores.ts';
import type { Visibility } from '../../server/src/domain/ports/page-request.ts';
import type { TestTurnStore } from '../../server/src/domain/ports/sending.ts';
import type { EndpointHealthStore, WebhookStore } from '../../server/src/domain/ports/webhook-store.ts';
import type { Webhook } from '../../server/src/domain/webhook.ts';
import { aKey, aWebhook } from '../support/builders.ts';

export interface ConfigHarness extends AsyncDisposable {
  readonly webhooks: WebhookStore;
  readonly health: EndpointHealthStore;
  readonly testTurns: TestTurnStore;
  readonly keys: ApiKeyStore;
  /** Counts the notifications of changes. */
  countNotified(): Promise<number>;
}

/** Webhooks are changed and deleted only at the expected revision, and each change raises it. */
export async function expectRevisions(webhooks: WebhookStore, webhook: Webhook): Promise<void> {
  const { id, revision } = webhook;
  expect((await webhooks.get(id))?.revision).toBe(revision);
  const update = async (expected: number) =>
    await webhooks.update(webhook, { description: 'new' }, undefined, expected);
  expect(await update(revision + 1)).toBeUndefined();
  const results = await Promise.all([1, 2, 3].map(() => update(revision)));
  expect(results.filter(Boolean)).toEqual([{ ...webhook, revision: revision + 1, description: 'new' }]);
  await webhooks.disable(id, 'gone', 9);
  expect((await webhooks.get(id))?.revision).toBe(revision + 2);
  expect(await webhooks.delete(id, revision + 1)).toBe(false);
  expect(await webhooks.delete(id, revision + 2)).toBe(true);
}

/** How webhooks and API keys are stored. A function, so that another store can run the same suite. */
export function configContract(name: string, open: () => Promise<ConfigHarness>): void {
  webhookContract(name, open);
  keyContract(name, open);
}

function webhookContract(name: string, open: () => Promise<ConfigHarness>): void {
  describe(`${name}: webhooks`, () => {
    it('keep the reason and the time of the first disabling', async () => {
      await using h = await open();
      const webhook = aWebhook();
      await h.webhooks.insert(webhook, 5);
      await h.webhooks.update(webhook, { enabled: false, disabledReason: 'by_user', updatedAt: 10 });
      const before = await h.countNotified();
      expect(await h.webhooks.disable(webhook.id, 'gone', 20)).toBe(false);
      expect(await h.webhooks.get(webhook.id)).toMatchObject({ disabledReason: 'by_user', updatedAt: 10 });
      expect(await h.countNotified()).toBe(before);
    });

    it('are disabled once by two calls at the same time', async () => {
      await using h = await open();
      const webhook = aWebhook();
      await h.webhooks.insert(webhook, 5);
      const results = await Promise.all([1, 2, 3].map((at) => h.webhooks.disable(webhook.id, 'gone', at)));
      expect(results.filter(Boolean)).toHaveLength(1);
    });

    it('are deleted together with their health', async () => {
      await using h = await open();
      const webhook = aWebhook();
      await h.webhooks.insert(webhook, 5);
      const { health } = h;
      const failing = {
        failuresInARow: 3,
        failingSince: 1,
        lastFailureAt: 2,
        lastFailureReason: 'http_status' as const,
        lastSuccessAt: null,
      };
      await health.save([{ webhook, health: failing, epoch: 0 }]);
      expect(await health.findFailing({ excludedAppIds: [] }, 10)).toEqual([webhook.id]);
      await h.webhooks.delete(webhook.id);
      expect(await health.findFailing({ excludedAppIds: [] }, 10)).toEqual([]);
    });

    it('that fail most are found for one account or app, however many others fail more', async () => {
      await using h = await open();
      const { health } = h;
      const of = (accountId: string, appId: string, failuresInARow: number) => ({
        webhook: aWebhook({ accountId, appId }),
        health: { ...unknownHealth, failuresInARow },
        epoch: 0,
      });
      const others = Array.from({ length: 1_000 }, (_, n) => of('acc_big', 'app_big', 1_000 + n));
      const [first, second, fine] = [
        of('acc_a', 'app_a', 2),
        of('acc_a', 'app_b', 1),
        of('acc_a', 'app_a', 0),
      ];
      await health.save([...others, second, first, fine]);
      const find = async (visibility: Partial<Visibility>, limit = 10) =>
        await health.findFailing({ excludedAppIds: [], ...visibility }, limit);
      expect(await find({ accountId: 'acc_a' })).toEqual([first.webhook.id, second.webhook.id]);
      expect(await find({ accountId: 'acc_a' }, 1)).toEqual([first.webhook.id]);
      expect(await find({ appId: 'app_b' })).toEqual([second.webhook.id]);
      expect(await find({ accountId: 'acc_a', excludedAppIds: ['app_a'] })).toEqual([second.webhook.id]);
      expect(await find({}, 1)).toEqual([others.at(-1)?.webhook.id]);
      await health.save([{ ...of('acc_c', 'app_c', 0) }]);
      expect(await health.listAccountsWithFailing(undefined, 9)).toEqual(['acc_a', 'acc_big']);
      expect(await health.listAccountsWithFailing(undefined, 1)).toEqual(['acc_a']);
      expect(await health.listAccountsWithFailing('acc_a', 9)).toEqual(['acc_big']);
    });

    it('that are failing, paused or disabled are found, without deleted ones', async () => {
      await using h = await open();
      const webhooks = ['app_a', 'app_a', 'app_a', 'app_b', 'app_a', 'app_a'].map((appId) =>
        aWebhook({ accountId: 'acc_a', appId }),
      );
      const [failing, paused, disabled, elsewhere, fine, gone] = webhooks.map(({ id }) => id);
      for (const webhook of webhooks) await h.webhooks.insert(webhook, 9);
      const since = (failuresInARow: number) => ({
        ...unknownHealth,
        failuresInARow,
        failingSince: 0,
        lastFailureAt: 60_000,
      });
      const deleted = aWebhook({ accountId: 'acc_a', appId: 'app_a' });
      await h.health.save(
        [since(3), since(12), since(20), since(1), unknownHealth, since(2), since(5)].map(
          (health, index) => ({
            webhook: webhooks[index] ?? deleted,
            health,
            epoch: 0,
          }),
        ),
      );
      await h.webhooks.disable(disabled ?? '', 'by_user', 5);
      await h.webhooks.disable(gone ?? '', 'gone', 5);
      const find = async (visibility: Partial<Visibility>, limit = 10) => {
        const found = await h.health.findUnhealthy({ excludedAppIds: [], ...visibility }, limit);
        const states = found.webhooks.map(({ id, state, disabledBy, failuresInARow }) => [
          id,
          [disabledBy ?? state, failuresInARow],
        ]);
        return { ...(Object.fromEntries(states) as object), isCapped: found.isCapped };
      };
      const ours = {
        [failing ?? '']: ['failing', 3],
        [paused ?? '']: ['paused', 12],
        [disabled ?? '']: ['user', 20],
        [gone ?? '']: ['platform', 2],
      };
      expect(fine).toBeDefined();
      expect(await find({})).toEqual({ ...ours, [elsewhere ?? '']: ['failing', 1], isCapped: false });
      expect(await find({ appId: 'app_a' })).toEqual({ ...ours, isCapped: false });
      expect(await find({ accountId: 'acc_a', excludedAppIds: ['app_b'] })).toEqual({
        ...ours,
        isCapped: false,
      });
      expect(await find({ accountId: 'acc_b' })).toEqual({ isCapped: false });
      expect((await find({}, 1)).isCapped).toBe(true);
    });

    it('have a turn for one test ping at a time, over all processes', async () => {
      await using h = await open();
      const webhook = aWebhook();
      await h.webhooks.insert(webhook, 5);
      const turns = h.testTurns;
      const results = await Promise.all([1, 2, 3].map(() => turns.take(webhook.id, 1_000, 9_000)));
      expect(results.filter((next) => next === undefined)).toHaveLength(1);
      // A turn that was taken over after its end.
      await turns.end(webhook.id, 8_000, 1_500);
      expect(await turns.take(webhook.id, 2_000, 10_000)).toBe(9_000);
      await turns.end(webhook.id, 9_000, 3_000);
      expect(await turns.take(webhook.id, 2_999, 10_000)).toBe(3_000);
      expect(await turns.take(webhook.id, 3_000, 10_000)).toBeUndefined();
      expect(await h.webhooks.get(webhook.id)).toEqual(webhook);
    });

    it('keep all fields that a change does not contain', async () => {
      await using h = await open();
      const webhook = aWebhook({
        headers: '{"x-a":"1"}',
        description: 'd',
        rateLimit: 5,
        keptEvents: ['user.ban'],
        clientCertificate: {
          sealed: 'v1.00000000.pair',
          subject: 'CN=a',
          expiresAt: 9,
          fingerprint: 'AB:CD',
        },
        previousSecrets: [{ sealed: 'v1.00000000.older', until: 99 }],
      });
      await h.webhooks.insert(webhook, 5);
      const changed = await h.webhooks.update(webhook, { url: 'http://127.0.0.1:9/new', updatedAt: 7 });
      expect(changed).toEqual({ ...webhook, revision: 2, url: 'http://127.0.0.1:9/new', updatedAt: 7 });
      expect(await h.webhooks.get(webhook.id)).toEqual(changed);
    });

    it('lose their client certificate', async () => {
      await using h = await open();
      const webhook = aWebhook({
        clientCertificate: {
          sealed: 'v1.00000000.pair',
          subject: 'CN=a',
          expiresAt: 9,
          fingerprint: 'AB:CD',
        },
      });
      await h.webhooks.insert(webhook, 5);
      await h.webhooks.update(webhook, { clientCertificate: null });
      expect((await h.webhooks.get(webhook.id))?.clientCertificate).toBeNull();
    });

    it.each(['url', 'headers', 'secret', 'profile'] as const)(
      'change only if their %s is still the expected one',
      async (field) => {
        await using h = await open();
        const webhook = aWebhook();
        await h.webhooks.insert(webhook, 5);
        const change = { secret: 'v3.00000000.newer.text' };
        const outdated = { ...webhook, [field]: 'authon' };
        expect(await h.webhooks.update(outdated, change)).toBeUndefined();
        expect((await h.webhooks.get(webhook.id))?.secret).toBe(webhook.secret);
        expect(await h.webhooks.update(webhook, change)).toMatchObject(change);
      },
    );

    it('that have the revision 1 are changed and deleted only at it', async () => {
      await using h = await open();
      const webhook = aWebhook();
      await h.webhooks.insert(webhook, 5);
      await expectRevisions(h.webhooks, webhook);
    });

    it('are listed by app and mount, oldest first', async () => {
      await using h = await open();
      const [newer, older, foreign] = [
        aWebhook({ createdAt: 2, mount: 'authon' }),
        aWebhook({ createdAt: 1 }),
        aWebhook({ appId: 'app_other' }),
      ];
      for (const webhook of [newer, older, foreign]) await h.webhooks.insert(webhook, 5);
      expect((await h.webhooks.listForApp('app_test')).map(({ id }) => id)).toEqual([older.id, newer.id]);
      expect((await h.webhooks.listForApp('app_test', 'authon')).map(({ id }) => id)).toEqual([newer.id]);
      expect(await h.webhooks.listForApp('app_test', 'authforge')).toEqual([]);
    });
  });
}

function keyContract(name: string, open: () => Promise<ConfigHarness>): void {
  const key = aKey();

  describe(`${name}: API keys`, () => {
    it('are revoked once: a second call changes neither the time nor the result', async () => {
      await using h = await open();
      await h.keys.insert(key);
      expect(await h.keys.revoke(key.id, 10)).toEqual({ isRevoked: true, descendants: 0 });
      const before = await h.countNotified();
      expect(await h.keys.revoke(key.id, 20)).toEqual({ isRevoked: false, descendants: 0 });
      expect((await h.keys.get(key.id))?.revokedAt).toBe(10);
      expect(await h.countNotified()).toBe(before);
    });

    it('never move their last use back, in any order of saves', async () => {
      await using h = await open();
      await h.keys.insert(key);
      await h.keys.touch(new Map([[key.id, 50]]));
      await h.keys.touch(new Map([[key.id, 40]]));
      expect((await h.keys.get(key.id))?.lastUsedAt).toBe(50);
      await h.keys.touch(new Map([[key.id, 60]]));
      expect((await h.keys.get(key.id))?.lastUsedAt).toBe(60);
    });

    it('are found only by the whole hash', async () => {
      await using h = await open();
      await h.keys.insert(key);
      expect(await h.keys.findByHash(key.hash)).toEqual(key);
      expect(await h.keys.findByHash('b'.repeat(64))).toBeUndefined();
    });

    it('are found by their previous hash too, after a rotation', async () => {
      await using h = await open();
      await h.keys.insert(key);
      const next = { hash: 'b'.repeat(64), prefix: 'tsk_111111', previous: { hash: key.hash, expiresAt: 9 } };
      expect(await h.keys.rotate(key, next)).toBe(true);
      expect(await h.keys.rotate(key, next)).toBe(false);
      for (const hash of [key.hash, next.hash]) {
        expect(await h.keys.findByHash(hash)).toEqual({ ...key, ...next });
      }
      const last = { hash: 'c'.repeat(64), prefix: 'tsk_222222', previous: null };
      expect(await h.keys.rotate({ ...key, ...next }, last)).toBe(true);
      expect(await h.keys.findByHash(key.hash)).toBeUndefined();
      expect(await h.keys.findByHash(next.hash)).toBeUndefined();
    });

    it('are revoked with all their descendants, and only these', async () => {
      await using h = await open();
      const ids = ['key_a', 'key_b', 'key_c', 'key_d'];
      const ancestors = [[], ['key_a'], ['key_a', 'key_b'], []];
      for (const [index, id] of ids.entries())
        await h.keys.insert({ ...key, id, hash: `${index}`, ancestorIds: ancestors[index] ?? [] });
      expect(await h.keys.revoke('key_a', 7)).toEqual({ isRevoked: true, descendants: 2 });
      expect(await h.keys.revoke('key_a', 8)).toEqual({ isRevoked: false, descendants: 0 });
      const revoked = await Promise.all(ids.map(async (id) => (await h.keys.get(id))?.revokedAt));
      expect(revoked).toEqual([7, 7, 7, null]);
      expect([await h.keys.hasRevoked(['key_d', 'key_a']), await h.keys.hasRevoked(['key_d'])]).toEqual([
        true,
        false,
      ]);
    });

    it('count as revoked from the revocation of an ancestor on, even if it was interrupted', async () => {
      await using h = await open();
      await h.keys.insert({ ...key, id: 'key_a', hash: '1' });
      await h.keys.revoke('key_a', 7);
      await h.keys.insert({ ...key, id: 'key_b', hash: '2', ancestorIds: ['key_a'] });
      expect((await h.keys.get('key_b'))?.revokedAt).toBeNull();
      expect((await h.keys.findByHash('2'))?.revokedAt).toBe(7);
      expect(await h.keys.revoke('key_a', 9)).toEqual({ isRevoked: false, descendants: 1 });
      expect((await h.keys.get('key_b'))?.revokedAt).toBe(9);
    });
  });
}
