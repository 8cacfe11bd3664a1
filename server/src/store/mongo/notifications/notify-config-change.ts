import { ObjectId } from 'mongodb';
import type { ConfigChange } from '../../../domain/ports/notifications.ts';
import type { Collections } from '../documents/collections.ts';

/**
 * Notifies all processes, including this one, of a durable change to the configuration. Best effort: a lost
 * notification only delays other processes until their caches expire, so errors are ignored.
 */
export async function notifyConfigChange(
  collections: Collections,
  { collection, id, appId }: ConfigChange,
): Promise<void> {
  const doc = { _id: new ObjectId(), kind: 'changed' as const, collection, id, appId };
  await collections.notifications.insertOne(doc, { writeConcern: { w: 1 } }).catch(() => undefined);
}
