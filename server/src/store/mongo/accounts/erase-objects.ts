import type { ErasedCounts } from '@tocsin/shared';
import type { ErasureBatch } from '../documents/account.ts';
import type { Collections } from '../documents/collections.ts';

/** The data of an event in the outbox that is erased already. The data of every other event names its app. */
const noData = '{}';

/** Events outside the outbox. An outbox entry can owe deliveries of other apps. */
const notInOutbox = { open: { $exists: false } } as const;

/**
 * Finds up to `limit` objects of an app that can be erased, all of one kind. Deliveries come first, because
 * they hold the replies of receivers.
 */
export async function findBatch(
  collections: Collections,
  appId: string,
  limit: number,
): Promise<ErasureBatch | undefined> {
  const { deliveries, events, replays, webhooks } = collections;
  const options = { projection: { _id: 1 }, limit } as const;
  const finders: Readonly<Record<keyof ErasedCounts, () => Promise<{ _id: string }[]>>> = {
    deliveries: () => deliveries.find({ appId }, options).toArray(),
    events: () => events.find({ appId, ...notInOutbox }, options).toArray(),
    replays: () => replays.find({ appId }, options).toArray(),
    // Those of a call that ran during the deletion.
    webhooks: () => webhooks.find({ appId }, options).toArray(),
  };
  for (const kind of ['deliveries', 'events', 'replays', 'webhooks'] as const) {
    const ids = (await finders[kind]()).map((doc) => doc._id);
    if (ids.length > 0) return { kind, ids };
  }
  return undefined;
}

/** Deletes the objects of a batch. Idempotent. */
export async function deleteBatch(collections: Collections, { kind, ids }: ErasureBatch): Promise<void> {
  const { deliveries, events, replays, webhooks, health, incidents } = collections;
  const byId = { _id: { $in: ids } };
  switch (kind) {
    case 'deliveries':
      await deliveries.deleteMany(byId);
      return;
    case 'events':
      await events.deleteMany({ ...byId, ...notInOutbox });
      return;
    case 'replays':
      await replays.deleteMany(byId);
      return;
    case 'webhooks':
      await webhooks.deleteMany(byId);
      await health.deleteMany(byId);
      await incidents.deleteMany({ webhookId: { $in: ids } });
  }
}

/**
 * Deletes what is not counted: the health of the app's endpoints, its incidents, its activity, its numbers of webhooks and
 * its calls with an idempotency key.
 */
export async function deleteUncounted(
  { health, incidents, activity, webhookActivity, webhookCounts, idempotentCalls }: Collections,
  appId: string,
  {
    webhookIds,
    limitGroups,
  }: { readonly webhookIds: readonly string[]; readonly limitGroups: readonly string[] },
): Promise<void> {
  await health.deleteMany({ _id: { $in: [...webhookIds] } });
  await incidents.deleteMany({ appId });
  await webhookCounts.deleteMany({ _id: { $in: [...limitGroups] } });
  await idempotentCalls.deleteMany({ appId });
  await webhookActivity.deleteMany({ appId });
  // In documents of older releases, ids of activity are the app, a colon and a time. An app's id has no colon.
  await activity.deleteMany({ _id: { $gte: `${appId}:`, $lt: `${appId};` } });
  const id = { $literal: appId };
  const others = { $filter: { input: '$apps', as: 'app', cond: { $ne: ['$$app.appId', id] } } };
  await activity.updateMany({ appId }, [
    { $set: { apps: others, appId: { $setDifference: ['$appId', [id]] } } },
  ]);
}

/** Batches of slices that one step deletes. An app can have more slices than events. */
const sliceBatches = 20;

/** Deletes the consumers of an app, and a bounded number of slices of its feed. Returns whether slices are left. */
export async function deleteFeed(
  { feedSlices, feedConsumers }: Collections,
  appId: string,
  limit: number,
): Promise<boolean> {
  await feedConsumers.deleteOne({ _id: appId });
  // The ids of its slices begin with the app and a space.
  const ofApp = { _id: { $gt: `${appId} `, $lt: `${appId}!` } };
  for (let n = 0; n < sliceBatches; n++) {
    const found = await feedSlices.find(ofApp, { projection: { _id: 1 }, limit }).toArray();
    if (found.length > 0) await feedSlices.deleteMany({ _id: { $in: found.map((doc) => doc._id) } });
    if (found.length < limit) return false;
  }
  return true;
}

/**
 * Removes the content and the targets of up to `limit` events that carry an outbox entry. Returns whether
 * there are such events: they can be erased once their entry is complete.
 */
export async function blankOutboxEvents(
  { events }: Collections,
  appId: string,
  limit: number,
): Promise<boolean> {
  const found = await events
    .find({ appId, data: { $ne: noData } }, { projection: { _id: 1 } })
    .limit(limit)
    .toArray();
  if (found.length === 0) return (await events.findOne({ appId }, { projection: { _id: 1 } })) !== null;
  await events.updateMany(
    { _id: { $in: found.map((doc) => doc._id) } },
    { $set: { data: noData, targets: [] }, $unset: { key: 1, traceparent: 1, renderings: 1 } },
  );
  return true;
}
