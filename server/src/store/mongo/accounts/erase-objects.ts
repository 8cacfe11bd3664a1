import type { ClientSession } from 'mongodb';
import type { ErasedCounts } from '@tocsin/shared';
import type { EraseStep } from '../../../domain/ports/app-deletion-store.ts';
import type { Collections } from '../documents/collections.ts';

interface Erasure {
  readonly appId: string;
  /** The webhooks that the app had. */
  readonly webhookIds: readonly string[];
  readonly limit: number;
  readonly session: ClientSession;
}

/** The data of an event in the outbox that is erased already. The data of every other event names its app. */
const noData = '{}';

/**
 * Erases up to `limit` objects of a deleted app: its deliveries, then its events, then the rest. Deliveries
 * come first, because they hold the replies of receivers.
 */
export async function eraseObjects(collections: Collections, erasure: Erasure): Promise<EraseStep> {
  const deliveries = await eraseDeliveries(collections, erasure);
  if (deliveries > 0) return { erased: { ...nothing, deliveries }, isMore: true };
  const events = await eraseEvents(collections, erasure);
  if (events > 0) return { erased: { ...nothing, events }, isMore: true };
  const erased = await eraseRest(collections, erasure);
  const isMore = (await blankOutboxEvents(collections, erasure)) || erased.webhooks + erased.replays > 0;
  return { erased, isMore };
}

const nothing: ErasedCounts = { webhooks: 0, events: 0, deliveries: 0, replays: 0 };

async function eraseDeliveries(
  { deliveries }: Collections,
  { appId, limit, session }: Erasure,
): Promise<number> {
  const found = await deliveries
    .find({ appId }, { projection: { _id: 1 }, session })
    .limit(limit)
    .toArray();
  if (found.length === 0) return 0;
  const ids = found.map((doc) => doc._id);
  return (await deliveries.deleteMany({ _id: { $in: ids } }, { session })).deletedCount;
}

/** Keeps the events that carry an outbox entry, which can owe deliveries of other apps. */
async function eraseEvents({ events }: Collections, { appId, limit, session }: Erasure): Promise<number> {
  const notInOutbox = { due: { $exists: false } };
  const found = await events
    .find({ appId, ...notInOutbox }, { projection: { _id: 1 }, session })
    .limit(limit)
    .toArray();
  if (found.length === 0) return 0;
  const ids = found.map((doc) => doc._id);
  return (await events.deleteMany({ _id: { $in: ids }, ...notInOutbox }, { session })).deletedCount;
}

/**
 * Removes the content and the targets of events that carry an outbox entry. Returns whether there are such
 * events: they are erased once their entry is complete.
 */
async function blankOutboxEvents(
  { events }: Collections,
  { appId, limit, session }: Erasure,
): Promise<boolean> {
  const found = await events
    .find({ appId, data: { $ne: noData } }, { projection: { _id: 1 }, session })
    .limit(limit)
    .toArray();
  if (found.length === 0)
    return (await events.findOne({ appId }, { projection: { _id: 1 }, session })) !== null;
  await events.updateMany(
    { _id: { $in: found.map((doc) => doc._id) } },
    { $set: { data: noData, targets: [] }, $unset: { key: 1, traceparent: 1 } },
    { session },
  );
  return true;
}

/** A few small objects: replays, webhooks of a call that ran during the deletion, health and activity. */
async function eraseRest(
  { replays, webhooks, health, activity }: Collections,
  { appId, webhookIds, session }: Erasure,
): Promise<ErasedCounts> {
  const { deletedCount: replayCount } = await replays.deleteMany({ appId }, { session });
  const late = await webhooks.find({ appId }, { projection: { _id: 1 }, session }).toArray();
  const ids = [...webhookIds, ...late.map((doc) => doc._id)];
  await webhooks.deleteMany({ _id: { $in: ids } }, { session });
  await health.deleteMany({ _id: { $in: ids } }, { session });
  // Ids of activity are the app, a colon and a time, and an app's id has no colon.
  await activity.deleteMany({ _id: { $gte: `${appId}:`, $lt: `${appId};` } }, { session });
  return { ...nothing, webhooks: late.length, replays: replayCount };
}
