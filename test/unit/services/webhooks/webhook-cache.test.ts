import { describe, expect, it } from 'vitest';
import type { WebhookStore } from '../../../../server/src/domain/ports/webhook-store.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { CachedWebhooks } from '../../../../server/src/services/webhooks/webhook-cache.ts';
import { aWebhook } from '../../../support/builders.ts';
import { currentLease } from '../../../support/cache-lease.ts';

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
  const pages: Promise<Webhook[]>[] = [];
  const store: Pick<WebhookStore, 'getMany' | 'listForApps' | 'listAfterApp'> = {
    listAfterApp: () => pages.shift() ?? Promise.resolve([]),
    getMany: (ids) => read(() => webhooks.filter((webhook) => ids.includes(webhook.id))),
    listForApps: (appIds) => read(() => webhooks.filter((webhook) => appIds.includes(webhook.appId))),
  };
  return {
    store,
    /** The pages that are read ahead. */
    pages,
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
    const webhookCache = new CachedWebhooks(store, currentLease);
    expect(await webhookCache.listForApp('app_test')).toEqual([webhook]);
    expect(webhookCache.listForApp('app_test')).toEqual([webhook]);
    expect(webhookCache.get(webhook.id)).toBe(webhook);
    expect(reads()).toBe(1);
  });

  it('combines concurrent look-ups into one read', async () => {
    const { store, reads } = storeOf([aWebhook()]);
    const webhookCache = new CachedWebhooks(store, currentLease);
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
    const webhookCache = new CachedWebhooks(store, currentLease);
    await webhookCache.listForApp('app_test');
    webhooks.push(aWebhook());
    webhookCache.onConfigChange({ collection: 'webhooks', id: webhooks[1]?.id ?? '', appId: 'app_test' });
    expect(await webhookCache.listForApp('app_test')).toHaveLength(2);
  });

  it('does not keep what it read before a concurrent change', async () => {
    const webhooks = [aWebhook()];
    const { store, delay } = storeOf(webhooks);
    const webhookCache = new CachedWebhooks(store, currentLease);
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
    const webhookCache = new CachedWebhooks(store, currentLease);
    await webhookCache.listForApp('app_test');
    const newer = aWebhook();
    webhooks.push(newer);
    expect(await webhookCache.get(newer.id)).toEqual(newer);
    expect(await webhookCache.get('wh_ffffffffffff')).toBeUndefined();
  });

  it('reads many apps in one query', async () => {
    const appIds = Array.from({ length: 150 }, (_, index) => `app_${index}`);
    const { store, reads } = storeOf(appIds.map((appId) => aWebhook({ appId })));
    const webhookCache = new CachedWebhooks(store, currentLease);
    const lists = await Promise.all(appIds.map(async (appId) => await webhookCache.listForApp(appId)));
    expect(lists.map((list) => list.map(({ appId }) => appId))).toEqual(appIds.map((appId) => [appId]));
    expect(reads()).toBe(1);
  });

  it('uses what it has cached only after the change log was read', async () => {
    const webhooks = [aWebhook()];
    const { store } = storeOf(webhooks);
    let refreshing: Promise<void> | undefined;
    const webhookCache = new CachedWebhooks(store, { refresh: () => refreshing });
    const [first] = await webhookCache.listForApp('app_test');
    webhooks[0] = { ...aWebhook({ id: first?.id ?? '' }), enabled: false };
    refreshing = Promise.resolve().then(() => webhookCache.forget('app_test'));
    expect(await webhookCache.listForApp('app_test')).toEqual(webhooks);
    webhooks[0] = aWebhook({ id: first?.id ?? '' });
    refreshing = Promise.resolve().then(() => webhookCache.forget('app_test'));
    expect(await webhookCache.get(first?.id ?? '')).toEqual(webhooks[0]);
  });

  it('reads other apps ahead after a miss, and reports their webhooks', async () => {
    const webhook = aWebhook();
    const others = ['app_x', 'app_y'].map((appId) => aWebhook({ appId }));
    const { store, pages, reads } = storeOf([webhook, ...others]);
    pages.push(Promise.resolve(others));
    const webhookCache = new CachedWebhooks(store, currentLease);
    const ahead: string[] = [];
    webhookCache.onReadAhead((ids) => ahead.push(...ids));
    await webhookCache.listForApp('app_test');
    await new Promise((resolve) => setImmediate(resolve));
    expect(webhookCache.listForApp('app_x')).toEqual([others[0]]);
    expect(webhookCache.get(others[1]?.id ?? '')).toBe(others[1]);
    expect(ahead).toEqual(others.map(({ id }) => id));
    expect(reads()).toBe(1);
  });

  it('caches no app of a page whose webhooks go on in the next one', async () => {
    const page = Array.from({ length: 250 }, (_, index) =>
      aWebhook({ appId: index < 249 ? 'app_x' : 'app_y' }),
    );
    const { store, pages } = storeOf([aWebhook()]);
    pages.push(Promise.resolve(page));
    const webhookCache = new CachedWebhooks(store, currentLease);
    await webhookCache.listForApp('app_test');
    await new Promise((resolve) => setImmediate(resolve));
    expect(webhookCache.listForApp('app_x')).toHaveLength(249);
    expect(webhookCache.listForApp('app_y')).toBeInstanceOf(Promise);
  });

  it('does not keep what it read ahead before a concurrent change', async () => {
    const { store, pages } = storeOf([aWebhook()]);
    let release: (page: Webhook[]) => void = () => undefined;
    pages.push(new Promise((resolve) => (release = resolve)));
    const webhookCache = new CachedWebhooks(store, currentLease);
    await webhookCache.listForApp('app_test');
    webhookCache.forget('app_x');
    release([aWebhook({ appId: 'app_x' })]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await webhookCache.listForApp('app_x')).toEqual([]);
  });
});
