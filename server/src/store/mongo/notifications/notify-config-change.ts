import { ObjectId } from 'mongodb';
import type { ConfigChange } from '../../../domain/ports/notifications.ts';
import type { Collections } from '../documents/collections.ts';

/**
 * Tells every process that configuration was changed, this one included; called when the change is durable. Whether it gets
 * there or not, the change is made: a signal that is lost costs the seconds that caches live, so a failure is nobody's error.
 */
export async function notifyConfigChange(
  collections: Collections,
  { collection, id, appId }: ConfigChange,
): Promise<void> {
  const doc = { _id: new ObjectId(), kind: 'changed' as const, collection, id, appId };
  await collections.notifications.insertOne(doc, { writeConcern: { w: 1 } }).catch(() => undefined);
}
