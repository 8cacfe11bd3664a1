import type { ErasedCounts } from '@tocsin/shared';
import type { Delivery } from '../../../../src/domain/delivery.ts';
import type { AcceptedEvent } from '../../../../src/domain/event.ts';
import type { ActivityBatch } from '../../../../src/domain/ports/activity-store.ts';
import type { Replay } from '../../../../src/domain/replay.ts';
import type { MemoryConfig } from '../memory-config.ts';
import type { StoredWebhookSlot } from '../stored-objects.ts';

/** What an app has beside its configuration. By id. */
export interface AppData {
  /** The outbox entry of an event is kept elsewhere, so an event that owes deliveries can be deleted. */
  readonly events: Map<string, AcceptedEvent>;
  readonly deliveries: Map<string, Delivery>;
  readonly replays: Map<string, Replay>;
  readonly activity: Map<string, ActivityBatch>;
  readonly webhookActivity: Map<string, StoredWebhookSlot>;
}

interface ErasedBatch {
  readonly kind: keyof ErasedCounts;
  readonly count: number;
}

/**
 * Erases up to `limit` objects of an app, all of one kind. Deliveries come first, because they hold the replies of
 * receivers. Returns undefined if there is none.
 */
export function eraseBatch(
  from: Omit<AppData, 'activity' | 'webhookActivity'> &
    Pick<MemoryConfig, 'webhooks' | 'health' | 'testTurns'>,
  appId: string,
  limit: number,
): ErasedBatch | undefined {
  for (const kind of ['deliveries', 'events', 'replays', 'webhooks'] as const) {
    const ids = findIds(from[kind], appId, limit);
    for (const id of ids) {
      from[kind].delete(id);
      if (kind === 'webhooks') {
        from.health.delete(id);
        from.testTurns.delete(id);
      }
    }
    if (ids.length > 0) return { kind, count: ids.length };
  }
  return undefined;
}

function findIds(
  objects: ReadonlyMap<string, { readonly appId: string }>,
  appId: string,
  limit: number,
): string[] {
  const ids: string[] = [];
  for (const [id, object] of objects) {
    if (ids.length >= limit) break;
    if (object.appId === appId) ids.push(id);
  }
  return ids;
}

/** Erases the counts of an app and of its webhooks, and no others of the same batches. */
export function eraseActivity(
  { activity, webhookActivity }: Pick<AppData, 'activity' | 'webhookActivity'>,
  appId: string,
): void {
  for (const [id, slot] of webhookActivity) if (slot.appId === appId) webhookActivity.delete(id);
  for (const [id, batch] of activity) {
    const apps = batch.apps.filter((entry) => entry.appId !== appId);
    if (apps.length === batch.apps.length) continue;
    if (apps.length === 0) activity.delete(id);
    else activity.set(id, { ...batch, apps });
  }
}
