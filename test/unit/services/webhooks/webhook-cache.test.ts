import { describe, expect, it } from 'vitest';
import type { WebhookStore } from '../../../../server/src/domain/ports/webhook-store.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { CachedWebhooks } from '../../../../server/src/services/webhooks/webhook-cache.ts';
import { aWebhook } from '../../../support/builders.ts';

/** Counts the reads, and can delay a result until the test releases it. */
function storeOf(webhooks: Webhook[]) {
  let reads = 0;
  let gate: Promise<void> = Promise.resolve();
  const read = async <T>(answer: () => T): Promise<T> => {
    reads++;
    const result = answer();
    await gate;
    return result;
  };
  const store: Pick<WebhookStore, 'get' | 'listForApp'> = {
    get: (id) => read(() => webhooks.find((webhook) => webhook.id === id)),
    listForApp: (appId) => read(() => webhooks.filter((webhook) => webhook.appId === appId)),
  };
  return {
    store: store as WebhookStore,
    reads: () => reads,
    delay: () => {
      let open = () => {};
      gate = new Promise((resolve) => (open = resolve));
      return open;
    },
  };
}

describe('the webhook cache', () => {
  it('reads an app once, and then returns at once', async () => {
    const webhook = aWebhook();
    const { store, reads } = storeOf([webhook]);
    const webhookCache = new CachedWebhooks(store);
    expect(await webhookCache.listForApp('app_test')).toEqual([webhook]);
    expect(webhookCache.listForApp('app_test')).toEqual([webhook]);
    expect(webhookCache.get(webhook.id)).toBe(webhook);
    expect(reads()).toBe(1);
  });

  it('combines concurrent look-ups into one read', async () => {
    const { store, reads } = storeOf([aWebhook()]);
    const webhookCache = new CachedWebhooks(store);
    await Promise.all([
      webhookCache.listForApp('app_test'),
      webhookCache.listForApp('app_test'),
      webhookCache.listForApp('app_test'),
    ]);
    expect(reads()).toBe(1);
  });

  it('reads again after a change', async () => {
    const webhooks = [aWebhook()];
    const { store } = storeOf(webhooks);
    const webhookCache = new CachedWebhooks(store);
    await webhookCache.listForApp('app_test');
    webhooks.push(aWebhook());
    webhookCache.onConfigChange({ collection: 'webhooks', id: webhooks[1]?.id ?? '', appId: 'app_test' });
    expect(await webhookCache.listForApp('app_test')).toHaveLength(2);
  });

  it('does not keep what it read before a concurrent change', async () => {
    const webhooks = [aWebhook()];
    const { store, delay } = storeOf(webhooks);
    const webhookCache = new CachedWebhooks(store);
    const open = delay();
    const early = webhookCache.listForApp('app_test');
    webhooks.push(aWebhook());
    webhookCache.forget('app_test');
    open();
    await early;
    expect(await webhookCache.listForApp('app_test')).toHaveLength(2);
  });

  it('finds a webhook newer than the cached list, and returns undefined for a missing one', async () => {
    const webhooks = [aWebhook()];
    const { store } = storeOf(webhooks);
    const webhookCache = new CachedWebhooks(store);
    await webhookCache.listForApp('app_test');
    const newer = aWebhook();
    webhooks.push(newer);
    expect(await webhookCache.get(newer.id)).toEqual(newer);
    expect(await webhookCache.get('wh_ffffffffffff')).toBeUndefined();
  });
});
