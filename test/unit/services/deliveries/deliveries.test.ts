import { describe, expect, it } from 'vitest';
import type { DeliveryFilter } from '@tocsin/shared';
import type { Delivery } from '../../../../server/src/domain/delivery.ts';
import type { DeliveryStore } from '../../../../server/src/domain/ports/delivery-store.ts';
import type { WebhookStore } from '../../../../server/src/domain/ports/webhook-store.ts';
import type { Webhook } from '../../../../server/src/domain/webhook.ts';
import type { AuditService } from '../../../../server/src/services/audit/audit-log.ts';
import { createDeliveryService } from '../../../../server/src/services/deliveries/deliveries.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { anEvent, aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';
import { unkeyedCalls } from '../../../support/unkeyed-calls.ts';

const delivery: Delivery = {
  id: 'dlv_1',
  eventId: 'evt_1',
  webhookId: 'wh_1',
  appId: 'app_a',
  accountId: 'acc_a',
  type: 'user.login',
  status: 'failed',
  reason: 'retries_exhausted',
  attempts: [],
  attemptCount: 3,
  dueAt: null,
  createdAt: 0,
  finishedAt: 1,
};

const hourMs = 3_600_000;
const keepMs = 24 * hourMs;

function serviceOn(given: Given = {}) {
  const { isFree = true, hasWebhook = true, hasEvent = true, change = {}, webhook = {} } = given;
  const clock = new FakeClock();
  const known: Delivery = { ...delivery, createdAt: clock.now(), ...change };
  const calls: string[] = [];
  const filters: DeliveryFilter[] = [];
  const deliveries: Pick<DeliveryStore, 'get' | 'list' | 'retryNow'> = {
    get: (id) => Promise.resolve(id === known.id ? known : undefined),
    list: (filter) => {
      filters.push(filter);
      return Promise.resolve({ items: [], nextCursor: null });
    },
    retryNow: () => {
      calls.push('retry');
      return Promise.resolve(isFree);
    },
  };
  const webhooks: Pick<WebhookStore, 'get' | 'getMany'> = {
    getMany: (ids) => Promise.resolve(ids.map((id) => aWebhook({ id }))),
    get: () => Promise.resolve(hasWebhook ? aWebhook(webhook) : undefined),
  };
  const audit: Pick<AuditService, 'record'> = {
    record: (_, { action }) => {
      calls.push(action);
      return Promise.resolve();
    },
  };
  const service = createDeliveryService({
    // The service does not use the other methods.
    deliveries: deliveries as DeliveryStore,
    webhooks: webhooks as WebhookStore,
    secretBox: { decrypt: (text) => text },
    existing: { findExistingEvents: (ids) => Promise.resolve(new Set(hasEvent ? ids : [])) },
    events: { get: () => Promise.resolve(hasEvent ? anEvent() : undefined) },
    eventTypes: { find: () => undefined },
    audit: audit as AuditService,
    access: accessTo({ app_a: 'acc_a', app_a2: 'acc_a', app_b: 'acc_b' }),
    calls: unkeyedCalls(clock),
    clock,
    keepMs,
    notifyDue: () => calls.push('due'),
  });
  return { service, calls, filters };
}

interface Given {
  readonly isFree?: boolean;
  readonly hasWebhook?: boolean;
  readonly hasEvent?: boolean;
  readonly change?: Partial<Delivery>;
  readonly webhook?: Partial<Webhook>;
}

/** Accepted so long ago that retention removes it in less than an hour. */
const expiring = { createdAt: new FakeClock().now() - keepMs + hourMs - 1 };

it.each<[Partial<Delivery>, string | null]>([
  [{ status: 'pending', reason: 'webhook_disabled', attemptCount: 0 }, 'awaiting_first_attempt'],
  [{ status: 'pending', reason: 'webhook_disabled', attemptCount: 1 }, 'awaiting_retry'],
  [{ status: 'pending', reason: 'webhook_paused', attemptCount: 1 }, 'webhook_paused'],
  [{ status: 'cancelled', reason: 'webhook_disabled', attemptCount: 0 }, 'webhook_disabled'],
  [{ status: 'delivered', reason: null }, null],
])('a delivery %j to an enabled webhook is shown with the reason %s', async (change, reason) => {
  const { service } = serviceOn({ change });
  expect(await service.get(keyActor(), delivery.id)).toMatchObject({ reason });
});

describe('a manual retry', () => {
  it('makes the delivery due, notifies the workers and is recorded in the audit log', async () => {
    const { service, calls } = serviceOn();
    await service.retry(keyActor(), { id: delivery.id });
    expect(calls).toEqual(['retry', 'due', 'delivery.retried']);
  });

  it.each<[string, Given, string[]]>([
    ['is being sent', { isFree: false }, ['retry']],
    ['has lost its webhook', { hasWebhook: false }, []],
    ['has a type that was taken off its webhook', { webhook: { events: ['user.ban'] } }, []],
    ['has lost its event', { hasEvent: false }, []],
    ['waits and has lost its event', { hasEvent: false, change: { status: 'pending' } }, []],
    ['retention removes soon', { change: expiring }, []],
  ])('is rejected for a delivery that %s', async (_, given, expected) => {
    const { service, calls } = serviceOn(given);
    await expect(service.retry(rootActor, { id: delivery.id })).rejects.toMatchObject({
      code: 'NOT_RETRYABLE',
    });
    expect(calls).toEqual(expected);
  });

  it('is accepted for a type whose pending deliveries the webhook keeps, and for a test ping', async () => {
    const webhook = { events: ['user.ban' as const], keptEvents: ['user.login' as const] };
    for (const type of ['user.login', 'test.ping'] as const) {
      const { service, calls } = serviceOn({ webhook, change: { type } });
      await service.retry(rootActor, { id: delivery.id });
      expect(calls).toContain('retry');
    }
  });

  it('is accepted up to an hour before retention, and later while the delivery waits', async () => {
    for (const change of [
      { createdAt: expiring.createdAt + 1 },
      { ...expiring, status: 'pending' as const },
    ]) {
      const { service, calls } = serviceOn({ change });
      await service.retry(rootActor, { id: delivery.id });
      expect(calls).toContain('retry');
    }
  });

  it.each([
    ['another account', keyActor('acc_b'), 'NOT_FOUND'],
    ['a key that may only read', keyActor('acc_a', ['deliveries:read']), 'SCOPE_MISSING'],
  ])('is rejected for %s', async (_, actor, code) => {
    const { service, calls } = serviceOn();
    await expect(service.retry(actor, { id: delivery.id })).rejects.toMatchObject({ code });
    expect(calls).toEqual([]);
  });
});

describe('a list of deliveries', () => {
  const page = { cursor: undefined, limit: 10 };

  it('is narrowed to the apps of the caller, with any other filter', async () => {
    const { service, filters } = serviceOn();
    await service.list(keyActor(), { webhookId: 'wh_foreign', eventId: 'evt_foreign' }, page);
    await service.list(keyActor(), { appId: 'app_a2' }, page);
    await service.list(rootActor, {}, page);
    expect(filters).toMatchObject([
      { webhookId: 'wh_foreign', eventId: 'evt_foreign', accountId: 'acc_a' },
      { appId: 'app_a2' },
      { accountId: undefined },
    ]);
  });

  it('is rejected for the app of another account', async () => {
    const { service, filters } = serviceOn();
    const list = service.list(keyActor(), { appId: 'app_b' }, page);
    await expect(list).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(filters).toEqual([]);
  });
});
