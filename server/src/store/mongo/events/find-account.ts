import type { Collections } from '../documents/collections.ts';
import { withHint } from '../driver/read-list.ts';

/** Finds the account of an app by any of its events. Undefined: the app has no events, so no open work. */
export async function findAccountByEvents(
  { events }: Pick<Collections, 'events'>,
  appId: string,
): Promise<string | undefined> {
  const doc = await withHint('by_app_type', (options) =>
    events.findOne(
      // Tombstones have no type.
      { appId, type: { $gt: '' } },
      { ...options, projection: { accountId: 1 } },
    ),
  );
  return doc?.accountId;
}
