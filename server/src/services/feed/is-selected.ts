import type { FeedFilter } from '../../domain/ports/event-feed.ts';
import type { FeedEntry } from '../../domain/ports/feed-log.ts';
import { selectsEventType } from '../../domain/select-event-types.ts';

/** Whether an event matches the filter of a reader. */
export function isSelected({ accountId, appId, types }: FeedFilter, entry: FeedEntry): boolean {
  return (
    (accountId === undefined || accountId === entry.accountId) &&
    (appId === undefined || appId === entry.appId) &&
    (types === undefined || selectsEventType(types, entry.type))
  );
}
