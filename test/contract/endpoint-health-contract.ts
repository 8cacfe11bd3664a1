import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../server/src/domain/delivery.ts';
import { unknownHealth, type EndpointHealth } from '../../server/src/domain/endpoint-health.ts';
import { toDeliveryId } from '../../server/src/domain/ids.ts';
import type { EndpointHealthStore, WebhookStore } from '../../server/src/domain/ports/webhook-store.ts';
import { anEvent, aWebhook } from '../support/builders.ts';

export interface EndpointHealthHarness extends AsyncDisposable {
  readonly health: EndpointHealthStore;
  readonly webhooks: WebhookStore;
  storeDelivery(delivery: Delivery): Promise<void>;
  clearDeliveries(): Promise<void>;
}

/** A webhook with its health and its deliveries. */
function toScene(h: EndpointHealthHarness) {
  const webhook = aWebhook();
  return {
    ...h,
    webhook,
    save: (health: EndpointHealth, epoch = 0) => h.health.save([{ webhook, health, epoch }]),
    get: async () => (await h.health.get([webhook.id])).get(webhook.id),
    /** Stores a finished delivery that took half a second. */
    deliver: async (at: number, status: 'delivered' | 'failed') => {
      const { id, appId, accountId, type } = anEvent({ acceptedAt: at });
      await h.storeDelivery({
        id: toDeliveryId(id, 0),
        eventId: id,
        appId,
        accountId,
        webhookId: webhook.id,
        type,
        status,
        reason: status === 'failed' ? 'retries_exhausted' : null,
        attempts: [],
        attemptCount: 1,
        dueAt: null,
        createdAt: at,
        finishedAt: at + 500,
      });
    },
  };
}

const failing = (since: number, failuresInARow = 5): EndpointHealth => ({
  ...unknownHealth,
  failuresInARow,
  failingSince: since,
  lastFailureAt: since + 1_000,
  lastFailureReason: 'timeout',
});

const healthy = (at: number): EndpointHealth => ({ ...unknownHealth, lastSuccessAt: at });

/** How the health of endpoints is stored. A function, so that another store can run the same suite. */
export function endpointHealthContract(name: string, open: () => Promise<EndpointHealthHarness>): void {
  storedHealthContract(name, open);
  disablingContract(name, open);
}

function storedHealthContract(name: string, open: () => Promise<EndpointHealthHarness>): void {
  describe(`${name}: stored health`, () => {
    it('keeps what a process with a later epoch wrote, and says so', async () => {
      await using h = toScene(await open());
      expect(await h.save(failing(1_000), 2)).toEqual([]);
      expect(await h.save(healthy(9_000), 1)).toEqual([h.webhook.id]);
      expect(await h.get()).toEqual(failing(1_000));
      expect(await h.save(healthy(9_000), 2)).toEqual([]);
      expect(await h.save(failing(10_000), 3)).toEqual([]);
      expect(await h.get()).toEqual({ ...failing(10_000), lastSuccessAt: 9_000 });
    });

    it('keeps a success that ended the failures of a process that missed it', async () => {
      await using h = toScene(await open());
      await h.save(failing(1_000));
      await h.save(healthy(5_000));
      expect(await h.save(failing(1_000, 6))).toEqual([h.webhook.id]);
      expect(await h.get()).toMatchObject({ failuresInARow: 0, lastSuccessAt: 5_000 });
      expect(await h.save(failing(5_001))).toEqual([]);
      expect(await h.save(healthy(4_000))).toEqual([h.webhook.id]);
      expect(await h.get()).toMatchObject({ failuresInARow: 5, failingSince: 5_001 });
    });

    it('never moves the last success back', async () => {
      await using h = toScene(await open());
      await h.save(healthy(5_000));
      await h.save(healthy(4_000));
      await h.save(failing(6_000));
      expect(await h.get()).toMatchObject({ lastSuccessAt: 5_000, failuresInARow: 5 });
    });

    it('keeps the others of a write of which one is rejected', async () => {
      await using h = toScene(await open());
      const other = aWebhook();
      await h.save(failing(1_000), 2);
      const changes = [h.webhook, other].map((webhook) => ({ webhook, health: healthy(9_000), epoch: 1 }));
      expect(await h.health.save(changes)).toEqual([h.webhook.id]);
      expect((await h.health.get([other.id])).get(other.id)).toEqual(healthy(9_000));
    });

    it('is reset in the transaction of a change, which no failure from before undoes', async () => {
      await using h = toScene(await open());
      await h.webhooks.insert(h.webhook, 5);
      await h.save(failing(1_000), 2);
      await h.webhooks.update(h.webhook, { description: 'new' });
      expect(await h.get()).toEqual(failing(1_000));
      await h.webhooks.update(h.webhook, { enabled: true }, 5_000);
      expect(await h.get()).toEqual(unknownHealth);
      expect(await h.save(failing(1_000, 6), 2)).toEqual([h.webhook.id]);
      expect(await h.save(failing(5_001), 2)).toEqual([]);
    });

    it('is reset without a change of the configuration', async () => {
      await using h = toScene(await open());
      await h.webhooks.insert(h.webhook, 5);
      await h.save(failing(1_000), 2);
      const before = await h.webhooks.get(h.webhook.id);
      expect(await h.webhooks.resetHealth(h.webhook.id, 5_000)).toBe(true);
      expect(await h.get()).toEqual(unknownHealth);
      expect(await h.save(failing(1_000, 6), 2)).toEqual([h.webhook.id]);
      expect(await h.webhooks.get(h.webhook.id)).toEqual(before);
      expect(await h.webhooks.resetHealth('wh_unknown', 5_000)).toBe(false);
    });

    it('is shown with the newest delivery of the webhook, unless that is from before a reset', async () => {
      await using h = toScene(await open());
      await h.webhooks.insert(h.webhook, 5);
      const show = async () => (await h.health.getForDisplay([h.webhook.id])).get(h.webhook.id);
      expect(await show()).toEqual(unknownHealth);
      await h.deliver(1_000, 'delivered');
      await h.deliver(2_000, 'delivered');
      await h.deliver(3_000, 'failed');
      expect(await show()).toMatchObject({ lastSuccessAt: 2_500 });
      await h.save(healthy(4_000));
      expect(await show()).toMatchObject({ lastSuccessAt: 4_000 });
      await h.webhooks.update(h.webhook, { enabled: true }, 5_000);
      expect(await show()).toEqual(unknownHealth);
      await h.deliver(6_000, 'delivered');
      expect(await show()).toMatchObject({ lastSuccessAt: 6_500 });
    });
  });
}

function disablingContract(name: string, open: () => Promise<EndpointHealthHarness>): void {
  describe(`${name}: a webhook is disabled for failures`, () => {
    const agreement = { failingSince: 2_000, epoch: 1 };

    it.each([
      ['if the stored health has failed for the whole span', failing(2_000), 1, true],
      ['not if it has failed for a shorter time', failing(2_001), 1, false],
      ['not if another process has stored a success', healthy(9_000), 1, false],
      ['not if a process with a later epoch has written it', failing(1_000), 2, false],
    ])('%s', async (_, health, epoch, expected) => {
      await using h = toScene(await open());
      await h.webhooks.insert(h.webhook, 5);
      await h.save(health, epoch);
      expect(await h.webhooks.disable(h.webhook.id, 'failing_too_long', 9_000, agreement)).toBe(expected);
      expect(await h.webhooks.get(h.webhook.id)).toMatchObject({ enabled: !expected });
    });

    it('not if a delivery has succeeded since, although no health says so', async () => {
      await using h = toScene(await open());
      await h.webhooks.insert(h.webhook, 5);
      await h.save(failing(1_000), 1);
      const disable = () => h.webhooks.disable(h.webhook.id, 'failing_too_long', 9_000, agreement);
      await h.deliver(1_600, 'delivered');
      await h.deliver(1_700, 'failed');
      expect(await disable()).toBe(false);
      await h.clearDeliveries();
      await h.deliver(1_400, 'delivered');
      expect(await disable()).toBe(true);
    });

    it('not if nothing is stored', async () => {
      await using h = toScene(await open());
      await h.webhooks.insert(h.webhook, 5);
      expect(await h.webhooks.disable(h.webhook.id, 'failing_too_long', 9_000, agreement)).toBe(false);
    });
  });
}
