import {
  eventIdFromPosition,
  isBeforeLog,
  timeFromPosition,
  toPlacedPosition,
} from '../../domain/feed-position.ts';
import { lowestIdAt } from '../../domain/ids.ts';
import type { FeedEvent, FeedFilter, FeedItem } from '../../domain/ports/event-feed.ts';
import type { FeedEntry, FeedLog, FeedLogState, FeedSlice } from '../../domain/ports/feed-log.ts';
import { isSelected } from './is-selected.ts';
import { insertMarginMs } from './feed-log-writer.ts';

export interface FeedHistoryDeps {
  readonly feedLog: Pick<FeedLog, 'find' | 'readSlices' | 'listIds' | 'getEvents'>;
}

export interface HistoryLimits {
  readonly events: number;
  /** Bytes of the events' data. A page has at least one event. */
  readonly bytes: number;
}

export interface HistoryPage {
  readonly items: readonly (FeedItem & { readonly event: FeedEvent })[];
  /** All matching events up to here are in this page or before it. */
  readonly position: string;
  /** Whether the page ends at the end of the log. */
  readonly isAtEnd: boolean;
}

/** Slices of the first read of a page. Later reads take as many as the page needs, because those of a quiet app are small. */
const fewSlices = 4;
const manySlices = 1_000;

/** A page without matching events ends after this time, so that one call never scans the whole log. */
const scanMs = 1_000;

/** Events whose content is read at once, before their size is known. */
const firstContents = 100;

/** Reads events in the order of the log, as far back as retention. */
export class FeedHistory {
  readonly #deps: FeedHistoryDeps;
  #state: FeedLogState | undefined;

  constructor(deps: FeedHistoryDeps) {
    this.#deps = deps;
  }

  /** Returns the state of the log, as new as a moment ago. Undefined if it has not started. */
  async refresh(): Promise<FeedLogState | undefined> {
    this.#state = await this.#deps.feedLog.find();
    return this.#state;
  }

  /** The last known state. */
  get state(): FeedLogState | undefined {
    return this.#state;
  }

  /** Whether the log has the order of the events after a position. */
  covers(state: FeedLogState, position: string): boolean {
    return isBeforeLog(position) || this.#findEraWithout(state, position) === undefined;
  }

  /**
   * Returns a position to read from, for a position that the log does not cover: some minutes before it. The
   * commits after it are unknown, so events that were read before it may be repeated.
   */
  toCovered(state: FeedLogState, position: string): string {
    const era = this.#findEraWithout(state, position);
    if (era === undefined) return position;
    return toPlacedPosition(lowestIdAt('evt_', timeFromPosition(position) - insertMarginMs), era.after);
  }

  /** The era that began after the event of a position was committed, and placed the events around it. */
  #findEraWithout({ eras }: FeedLogState, position: string) {
    if (eventIdFromPosition(position) !== undefined || isBeforeLog(position)) return undefined;
    return eras.find(({ after, from }) => after < position && position < from);
  }

  /** Reads a page after a position that the log covers. */
  async readPage(
    state: FeedLogState,
    filter: FeedFilter,
    after: string,
    limits: HistoryLimits,
  ): Promise<HistoryPage> {
    const found = await this.#listEntries(state, filter, after, limits.events);
    const { entries } = found;
    const items: (FeedItem & { readonly event: FeedEvent })[] = [];
    let bytes = 0;
    let next = 0;
    while (next < entries.length && (items.length === 0 || bytes < limits.bytes)) {
      const average = items.length === 0 ? limits.bytes / firstContents : Math.max(1, bytes / items.length);
      const count = Math.max(1, Math.min(entries.length, Math.floor((limits.bytes - bytes) / average)));
      const part = entries.slice(next, next + count);
      const contents = await this.#deps.feedLog.getEvents(part.map(({ id }) => id));
      for (const { id, position } of part) {
        const event = contents.get(id);
        const isFull = items.length > 0 && bytes + (event?.dataText.length ?? 0) > limits.bytes;
        if (isFull) return { items, position: items.at(-1)?.cursor ?? after, isAtEnd: false };
        next++;
        // Retention, or the deletion of its app, has removed it.
        if (event === undefined) continue;
        items.push({ cursor: position, event });
        bytes += event.dataText.length;
      }
    }
    if (next < entries.length) {
      return { items, position: items.at(-1)?.cursor ?? after, isAtEnd: false };
    }
    return { items, position: found.position, isAtEnd: found.isAtEnd };
  }

  async #listEntries(
    state: FeedLogState,
    filter: FeedFilter,
    after: string,
    limit: number,
  ): Promise<Pick<HistoryPage, 'position' | 'isAtEnd'> & { readonly entries: readonly FeedEntry[] }> {
    const entries: FeedEntry[] = [];
    let position = after;
    if (isBeforeLog(after) && (eventIdFromPosition(after) ?? '') < state.firstId) {
      const afterId = eventIdFromPosition(after) ?? '';
      const found = await this.#deps.feedLog.listIds(filter, { afterId, beforeId: state.firstId, limit });
      for (const entry of found) entries.push({ ...entry, position: toPlacedPosition(entry.id) });
      position = entries.at(-1)?.position ?? position;
      if (found.length === limit) return { entries, position, isAtEnd: false };
      position = toPlacedPosition(state.firstId);
    }
    const endsAt = performance.now() + scanMs;
    const scope = { appId: filter.appId, accountId: filter.accountId };
    let examined = 0;
    for (let count = fewSlices, read = 0; ;) {
      if (position >= state.completeTo) return { entries, position, isAtEnd: true };
      const range = { after: position, to: state.completeTo };
      const { slices, hasMore } = await this.#deps.feedLog.readSlices(scope, range, count);
      const merged = mergeSlices(slices, state, position);
      for (const entry of merged) {
        if (entries.length >= limit) return { entries, position, isAtEnd: false };
        position = entry.position;
        if (isSelected(filter, entry)) entries.push(entry);
      }
      if (!hasMore) return { entries, position: state.completeTo, isAtEnd: true };
      position = slices.reduce((highest, { end, entries: [...all] }) => {
        const last = scope.appId === undefined ? end : (all.at(-1)?.position ?? highest);
        return last > highest ? last : highest;
      }, position);
      if (performance.now() > endsAt) return { entries, position, isAtEnd: false };
      read += slices.length;
      examined += merged.length;
      count = Math.ceil((limit - entries.length) / Math.max(1, examined / read));
      count = Math.max(fewSlices, Math.min(count, manySlices));
    }
  }
}

/** Returns the entries of slices behind a position, in order. A slice that was written too late does not count. */
function mergeSlices(
  slices: readonly FeedSlice[],
  { eras }: FeedLogState,
  after: string,
): readonly FeedEntry[] {
  const valid = slices.filter(({ era, entries }) => {
    const last = entries.at(-1)?.position ?? '';
    const current = eras.findLast((one) => one.after < last);
    return current === undefined || current.era === era;
  });
  const merged = valid.flatMap(({ entries }) => entries);
  let isInOrder = true;
  for (let n = 1; n < merged.length && isInOrder; n++) {
    isInOrder = (merged[n - 1]?.position ?? '') < (merged[n]?.position ?? '');
  }
  if (!isInOrder) merged.sort((a, b) => (a.position < b.position ? -1 : a.position > b.position ? 1 : 0));
  let last = after;
  return merged.filter(({ position }) => {
    if (position <= last) return false;
    last = position;
    return true;
  });
}
