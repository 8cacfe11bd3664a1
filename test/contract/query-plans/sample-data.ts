import type { DeliveryStatus, EventType } from '@tocsin/shared';
import type { AcceptedEvent } from '../../../server/src/domain/event.ts';
import { toDeliveryId } from '../../../server/src/domain/ids.ts';
import { toPartition } from '../../../server/src/domain/partition.ts';
import type { Ids } from '../../../server/src/domain/ports/runtime.ts';
import { createIds } from '../../../server/src/services/common/ids.ts';
import type { Connection } from '../../../server/src/store/mongo/connection.ts';
import { toAccountDoc, toAppDoc } from '../../../server/src/store/mongo/documents/account.ts';
import type { DeliveryDoc } from '../../../server/src/store/mongo/documents/delivery.ts';
import { toEventDoc } from '../../../server/src/store/mongo/documents/event.ts';
import { addEntry } from '../../../server/src/store/mongo/queue/entry.ts';
import { toWebhookDoc } from '../../../server/src/store/mongo/documents/webhook.ts';
import { anEvent, aWebhook } from '../../support/builders.ts';

export const ids: Ids = createIds();
/** When the first event was accepted, epoch ms. */
export const start = Date.parse('2026-01-01T00:00:00.000Z');

/** A customer with one app and one webhook. */
interface Customer {
  readonly accountId: string;
  readonly appId: string;
  readonly webhookId: string;
  readonly events: number;
  /** When its first event was accepted, s after the start. */
  readonly from: number;
}

/**
 * Three customers: a large one, one of a tenth of its size, and a small one whose few events are older than
 * all others, so that a list of them by time alone reads those of the others first.
 */
export const large: Customer = {
  accountId: 'acc_large',
  appId: 'app_large',
  webhookId: 'wh_00000000000a',
  events: 6_000,
  from: 1_000,
};
export const medium: Customer = {
  accountId: 'acc_medium',
  appId: 'app_medium',
  webhookId: 'wh_00000000000b',
  events: 600,
  from: 1_000,
};
export const small: Customer = {
  accountId: 'acc_small',
  appId: 'app_small',
  webhookId: 'wh_00000000000c',
  events: 20,
  from: 0,
};

/** A searchable value that all events have. */
export const commonValue = 'common';

/** Types of one customer: nearly all, few, the oldest one only. */
function toType(index: number): EventType {
  if (index === 0) return 'license.created';
  return index % 50 === 0 ? 'user.register' : 'user.login';
}

/** Nearly all are delivered, as in most installations. */
function toStatus(index: number): DeliveryStatus {
  if (index === 0) return 'cancelled';
  if (index % 25 === 1) return 'failed';
  return index % 20 === 2 ? 'pending' : 'delivered';
}

function toEvents({ accountId, appId, webhookId, events, from }: Customer): AcceptedEvent[] {
  return Array.from({ length: events }, (_, index) =>
    anEvent({
      accountId,
      appId,
      type: toType(index),
      acceptedAt: start + (from + index) * 1_000,
      targets: [webhookId],
      idempotencyKey: `key-${index}`,
      searchValues: [commonValue, `value-${index}`],
    }),
  );
}

function toDeliveryDoc(event: AcceptedEvent, index: number): DeliveryDoc {
  const status = toStatus(index);
  const at = new Date(event.acceptedAt);
  const [webhookId = ''] = event.targets;
  return {
    _id: toDeliveryId(event.id, 0),
    eventId: event.id,
    appId: event.appId,
    accountId: event.accountId,
    webhookId,
    rev: 1,
    type: event.type,
    status,
    attempts: [{ at, ms: 3, status: status === 'delivered' ? 200 : 500 }],
    attemptCount: 1,
    at,
    ...(status === 'delivered' ? {} : { reason: 'awaiting_retry' as const }),
    ...(status === 'pending'
      ? { partition: toPartition(webhookId), nextAt: new Date(event.acceptedAt + 1_000) }
      : { finishedAt: at }),
  };
}

/** Events of one customer in the outbox, in batches of ten, newer than the others. */
async function insertOpen({ collections }: Connection, customer: Customer, batches: number) {
  for (let batch = 0; batch < batches; batch++) {
    const acceptedAt = start + (20_000 + batch) * 1_000;
    const { accountId, appId, webhookId } = customer;
    const events = Array.from({ length: 10 }, () =>
      anEvent({ accountId, appId, acceptedAt, targets: [webhookId] }),
    );
    const docs = events.map(toEventDoc);
    addEntry(docs, events);
    await collections.events.insertMany(docs);
  }
}

/** The ids of documents that calls name. */
export interface Sample {
  /** Newest first. */
  readonly eventIds: readonly string[];
  /** Of open entries, newest first. */
  readonly entryIds: readonly string[];
}

/** Fills a database with the three customers. Returns the events of the large one. */
export async function insertSample(connection: Connection): Promise<Sample> {
  const { collections } = connection;
  for (const customer of [small, medium, large]) {
    const { accountId, appId, webhookId } = customer;
    const createdAt = start;
    await collections.accounts.insertOne(toAccountDoc({ id: accountId, name: accountId, createdAt }));
    await collections.apps.insertOne(toAppDoc({ id: appId, accountId, name: appId, createdAt }));
    const webhooks = Array.from({ length: 20 }, (_, index) =>
      aWebhook({ accountId, appId, ...(index === 0 ? { id: webhookId } : {}) }),
    );
    await collections.webhooks.insertMany(webhooks.map(toWebhookDoc));
    const events = toEvents(customer);
    await collections.events.insertMany(events.map(toEventDoc));
    await collections.deliveries.insertMany(events.map(toDeliveryDoc));
    await insertOpen(connection, customer, customer.events / 20);
    await insertOthers(connection, customer);
  }
  const newest = await collections.events
    .find(
      { appId: large.appId, open: { $exists: false }, entry: { $exists: false } },
      { projection: { _id: 1 }, sort: { _id: -1 } },
    )
    .toArray();
  const entries = await collections.events
    .find({ appId: large.appId, open: { $exists: true } }, { projection: { _id: 1 }, sort: { _id: -1 } })
    .toArray();
  return { eventIds: newest.map((doc) => doc._id), entryIds: entries.map((doc) => doc._id) };
}

/** Documents that a customer has fewer of than events. */
async function insertOthers(
  { collections }: Connection,
  { accountId, appId, webhookId, events }: Customer,
): Promise<void> {
  const count = events / 10;
  const range = Array.from({ length: count }, (_, index) => index);
  await collections.auditLog.insertMany(
    range.map((index) => ({
      _id: ids.audit(start + index),
      at: new Date(),
      action: index === 0 ? ('app.created' as const) : ('delivery.retried' as const),
      actor: { kind: 'key' as const, keyId: `key_${index % 50}`, keyPrefix: 'tsk_000000' },
      accountId,
      appId,
      targetId: index % 20 === 0 ? large.webhookId : `wh_${index}`,
      address: null,
      requestId: null,
      details: {},
    })),
  );
  await collections.activity.insertMany(
    range.map((index) => ({
      _id: `${appId}:${start + index * 60_000}`,
      appId,
      accountId,
      at: new Date(start + index * 60_000),
      accepted: 1,
    })),
  );
  await collections.replays.insertMany(
    range.map((index) => ({
      _id: ids.replay(start + index),
      appId,
      accountId,
      webhookId,
      since: new Date(start),
      until: new Date(start + 10_000_000),
      deliveryStatus: 'failed' as const,
      status: 'done' as const,
      total: 1,
      done: 1,
      createdAt: new Date(),
    })),
  );
  await collections.health.insertMany(
    range.map((index) => ({
      _id: index === 0 ? webhookId : ids.webhook(),
      appId,
      accountId,
      failuresInARow: index % 10,
      lastSuccessAt: null,
      lastFailureAt: null,
      lastFailureReason: null,
      failingSince: null,
    })),
  );
  await collections.keys.insertMany(
    range.map((index) => ({
      _id: ids.key(),
      accountId,
      name: 'k',
      scopes: ['*' as const],
      hash: `${accountId}-${index}`,
      prefix: 'tsk_0',
      createdAt: new Date(),
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    })),
  );
}
