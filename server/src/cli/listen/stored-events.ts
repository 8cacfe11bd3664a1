import { matchesEventType } from '@tocsin/shared';
import type { CliClient } from '../connect.ts';
import type { ForwardedEvent } from './forwarded-event.ts';

/** Which stored events are sent before the new ones. */
export interface StoredSelection {
  readonly appId: string;
  /** Undefined: all types. */
  readonly types: readonly string[] | undefined;
  /** ISO 8601. Undefined: as far back as the server has them. */
  readonly since: string | undefined;
  /** The newest ones, at most. */
  readonly last: number;
}

const pageSize = 100;

/** Bounds the calls of one selection. */
const maxPages = 1_000;

/** The most stored events that a selection can look through. */
export const maxStored = pageSize * maxPages;

type Page = Awaited<ReturnType<CliClient['events']['list']['query']>>;

/**
 * Yields stored events, the oldest first. The server lists the newest first, so this finds the pages and then reads
 * them in reverse. Memory holds one page, whatever their number.
 */
export async function* readStoredEvents(
  client: CliClient,
  selection: StoredSelection,
): AsyncGenerator<ForwardedEvent, void, undefined> {
  const { appId, since, last } = selection;
  const read = async (cursor: string | undefined) =>
    await client.events.list.query({ appId, since, cursor, limit: pageSize });
  // Kept, because a second read of the first page would have newer events.
  const newest = await read(undefined);
  let page = newest;
  let count = select(page, selection).length;
  const cursors: string[] = [];
  while (count < last && page.nextCursor !== null) {
    if (cursors.length + 1 >= maxPages) {
      throw new Error(`there are more than ${maxStored} stored events; choose a later time`);
    }
    cursors.push(page.nextCursor);
    page = await read(page.nextCursor);
    count += select(page, selection).length;
  }
  const excess = Math.max(0, count - last);
  let isOldest = true;
  for (const cursor of [...cursors.reverse(), undefined]) {
    const selected = select(cursor === undefined ? newest : await read(cursor), selection).reverse();
    yield* isOldest ? selected.slice(excess) : selected;
    isOldest = false;
  }
}

function select({ items }: Page, { types }: StoredSelection): ForwardedEvent[] {
  return items
    .filter(({ event }) => types?.some((selector) => matchesEventType(selector, event)) !== false)
    .map(({ id, appId, event, timestamp, data }) => ({ id, appId, type: event, timestamp, data }));
}
