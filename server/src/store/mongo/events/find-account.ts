import { anyEventTypes } from '@tocsin/shared';
import type { Collections } from '../documents/collections.ts';
import { withHint } from '../driver/read-list.ts';

/** Finds the account of an app by its newest event. Undefined: the app has no events, so no open work. */
export async function findAccountByEvents(
  { events }: Pick<Collections, 'events'>,
  appId: string,
): Promise<string | undefined> {
  const doc = await withHint('by_app_type', (options) =>
    events.findOne(
      { appId, type: { $in: [...anyEventTypes] } },
      { ...options, sort: { _id: -1 }, projection: { accountId: 1 } },
    ),
  );
  return doc?.accountId;
}
