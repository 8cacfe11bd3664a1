import { describe, expect, it } from 'vitest';
import type { DeliveryFilter } from '@tocsin/shared';
import type { Delivery } from '../../../../server/src/domain/delivery.ts';
import type { StoredDeliveryFilter } from '../../../../server/src/domain/ports/delivery-store.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import { createDeliveryViews } from '../../../../server/src/services/deliveries/delivery-view.ts';
import { createListDeliveries } from '../../../../server/src/services/deliveries/list-deliveries.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { aWebhook } from '../../../support/builders.ts';

const webhooks = [
  aWebhook({ id: 'wh_a', url: 'https://hooks.example.com/a?token=0123456789abcdef', description: 'Billing' }),
  aWebhook({ id: 'wh_b', url: 'https://hooks.example.com:8443/b', enabled: false }),
  aWebhook({ id: 'wh_c', url: 'https://other.example.com/c' }),
];

function aDelivery(number: number, change: Partial<Delivery> = {}): Delivery {
  return {
    id: `dlv_${String(number).padStart(4, '0')}`,
    eventId: `evt_${number}`,
    webhookId: webhooks[number % 3]?.id ?? '',
    appId: 'app_a',
    accountId: 'acc_a',
    type: 'user.login',
    status: 'pending',
    reason: 'awaiting_retry',
    attempts: [{ at: 5, durationMs: 7, statusCode: 503, reason: 'http_status', reply: '' }],
    attemptCount: 1,
    dueAt: 9,
    createdAt: number,
    finishedAt: null,
    ...change,
  };
}

interface Given {
  /** In any order. */
  readonly stored?: readonly Delivery[];
  readonly visible?: readonly Webhook[];
  /** Deliveries that the store examines in a call. */
  readonly examined?: number;
}

/** A store that filters only by webhook, and counts its calls. */
function listOn({ stored = [], visible = webhooks, examined = 50 }: Given = {}) {
  const filters: StoredDeliveryFilter[] = [];
  const newestFirst = stored.toSorted((a, b) => (a.id < b.id ? 1 : -1));
  const secretBox = { decrypt: (text: string) => text };
  const views = createDeliveryViews({
    webhooks: { getMany: (ids) => Promise.resolve(visible.filter(({ id }) => ids.includes(id))) },
    secretBox,
  });
  const list = createListDeliveries({
    deliveries: {
      list: (filter, { cursor, limit }) => {
        filters.push(filter);
        const rest = newestFirst.filter(({ id }) => cursor === undefined || id < cursor);
        const some = rest.slice(0, examined);
        const items = some
          .filter(({ webhookId }) => filter.webhookIds?.includes(webhookId) !== false)
          .slice(0, limit);
        const isEnd = rest.length <= examined && items.length < limit;
        return Promise.resolve({ items, nextCursor: isEnd ? null : (some.at(-1)?.id ?? null) });
      },
    },
    webhooks: { listVisible: (_, limit) => Promise.resolve(visible.slice(0, limit)) },
    secretBox,
    access: accessTo({ app_a: 'acc_a' }),
    views,
  });
  const page = { cursor: undefined, limit: 10 };
  return {
    filters,
    list: async (filter: DeliveryFilter) => await list(rootActor, filter, page),
    listAs: async (actor: Parameters<typeof list>[0], filter: DeliveryFilter) =>
      await list(actor, filter, page),
  };
}

const some = Array.from({ length: 9 }, (_, index) => aDelivery(index));

describe('a list of deliveries', () => {
  it('shows the last attempt, and the webhook with its credentials masked', async () => {
    const { items } = await listOn({ stored: [aDelivery(0)] }).list({});
    expect(items).toMatchObject([
      {
        lastAttempt: { statusCode: 503, reason: 'http_status', durationMs: 7 },
        endpoint: { url: 'https://hooks.example.com/a?token=••••', description: 'Billing' },
      },
    ]);
  });

  it('hides the webhook from a key that may not read webhooks', async () => {
    const { listAs } = listOn({ stored: some });
    const actor = keyActor('acc_a', ['deliveries:read']);
    const { items } = await listAs(actor, {});
    expect(new Set(items.map(({ endpoint }) => endpoint))).toEqual(new Set([null]));
    await expect(listAs(actor, { host: 'hooks.example.com' })).rejects.toMatchObject({
      code: 'SCOPE_MISSING',
    });
  });

  it.each([
    ['hooks.example.com', ['wh_a', 'wh_b']],
    ['HOOKS.example.com', ['wh_a', 'wh_b']],
    ['hooks.example.com:8443', ['wh_b']],
  ])('of the host %s names its webhooks to the store', async (host, ids) => {
    const { filters, list } = listOn({ stored: some });
    const { items } = await list({ host });
    expect(filters).toMatchObject([{ webhookIds: ids }]);
    expect(new Set(items.map(({ webhookId }) => webhookId))).toEqual(new Set(ids));
  });

  it('of a host without a webhook is empty, and asks no store', async () => {
    const { filters, list } = listOn({ stored: some });
    expect(await list({ host: 'example.com' })).toEqual({ items: [], nextCursor: null });
    expect(filters).toEqual([]);
  });

  it('of a host compares the webhooks of each page if there are too many to find', async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => aWebhook({ id: `wh_${index}` }));
    const visible = [...many, ...webhooks];
    const { filters, list } = listOn({ stored: some, visible });
    const { items } = await list({ host: 'other.example.com' });
    expect(filters.map(({ webhookIds }) => webhookIds)).toEqual([undefined]);
    expect(items.map(({ webhookId }) => webhookId)).toEqual(['wh_c', 'wh_c', 'wh_c']);
  });

  it('tells deliveries that wait for a disabled webhook from those that wait for a retry', async () => {
    const { list } = listOn({ stored: some });
    const reasons = async (reason: 'webhook_disabled' | 'awaiting_retry') =>
      (await list({ reason })).items.map(({ webhookId }) => webhookId);
    expect(await reasons('webhook_disabled')).toEqual(['wh_b', 'wh_b', 'wh_b']);
    expect(new Set(await reasons('awaiting_retry'))).toEqual(new Set(['wh_a', 'wh_c']));
  });

  it('has the status of its reason, and is empty for another one', async () => {
    const { filters, list } = listOn();
    await list({ reason: 'retries_exhausted' });
    expect(filters).toMatchObject([{ status: 'failed', reasons: ['retries_exhausted'] }]);
    expect(await list({ reason: 'retries_exhausted', status: 'delivered' })).toEqual({
      items: [],
      nextCursor: null,
    });
    expect(filters).toHaveLength(1);
  });

  it('stops after some reads that find little, and continues where it stopped', async () => {
    const stored = Array.from({ length: 100 }, (_, index) => aDelivery(index, { webhookId: 'wh_c' }));
    const { filters, list } = listOn({ stored, examined: 10 });
    const { items, nextCursor } = await list({ reason: 'not_sent' });
    expect(items).toEqual([]);
    expect(filters).toHaveLength(5);
    expect(nextCursor).toBe('dlv_0050');
  });
});
