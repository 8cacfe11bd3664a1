import type { ClusterTime } from '../feed-position.ts';
import type { FeedEvent, FeedFilter } from './event-feed.ts';

/** An event in the order of the feed, without its content. */
export interface FeedEntry extends Pick<FeedEvent, 'id' | 'appId' | 'accountId' | 'type'> {
  readonly position: string;
}

/**
 * The order of events, recorded for as long as retention, because the oplog has it for hours only. Slices of
 * entries, in order and without gap up to `completeTo`. Any number of processes read it; one at a time writes it.
 *
 * Each claim begins an era (fencing token): of the slices behind the end of the log at its beginning, only those of
 * the era count. What a process writes that has lost its lease is therefore not read.
 */
export interface FeedLog {
  /** Returns the state of the log. Undefined if it has not started. */
  find(): Promise<FeedLogState | undefined>;
  /** Asks for the log, and notes that it is in use. */
  use(now: number): Promise<void>;
  /** Whether some process has asked for the log and it is not ended. */
  isWanted(): Promise<boolean>;

  /** Claims the log for writing, with a new fencing token. Undefined if another process has it, or none is wanted. */
  claim(token: string, now: number, leaseMs: number): Promise<FeedLogClaim | undefined>;
  /** Extends the claim. With a position, also moves `completeTo`. False if another process has claimed the log. */
  renew(token: string, leaseUntil: number, completeTo?: string): Promise<boolean>;
  release(token: string): Promise<void>;
  /** Ends the log: it costs nothing until it is used again. */
  end(token: string): Promise<void>;
  /** Starts the log, or a new era of it, behind `completeTo`. False if another process has claimed the log. */
  begin(token: string, start: FeedLogStart): Promise<boolean>;

  /** Returns the present cluster time. */
  getClusterTime(): Promise<ClusterTime>;
  /**
   * Returns events by id as they were at a cluster time of the last minutes. Without a time, as they are now.
   */
  listAt(query: FeedIdQuery, at: ClusterTime | undefined): Promise<readonly FeedEntry[]>;
  /** Returns the ids in slices that end at a position or before it, and have events since a time, epoch ms. */
  listRecorded(since: number, to: string): Promise<ReadonlySet<string>>;
  /** Writes entries, in order. They are visible once `renew` or `begin` has moved `completeTo`. */
  append(entries: readonly FeedEntry[], slice: FeedSliceKey): Promise<void>;

  /** Returns slices with entries after a position, in order, at most about `limit`. */
  readSlices(scope: FeedScope, range: FeedRange, limit: number): Promise<FeedSlices>;
  /** Returns events that match the filter by id, oldest first. */
  listIds(filter: FeedFilter, range: FeedIdQuery): Promise<readonly FeedEntry[]>;
  /** Returns the content of stored events. */
  getEvents(ids: readonly string[]): Promise<ReadonlyMap<string, FeedEvent>>;
  /** Removes up to `limit` slices whose events are older than a time, epoch ms. Returns their number. */
  purge(before: number, limit: number): Promise<number>;
}

/** What the log is written from. */
export interface FeedSource {
  /**
   * Yields events in the order of their commits, after a position.
   *
   * @throws INVALID_INPUT if the database no longer has the commits after the position.
   */
  tail(after: string, signal: AbortSignal): AsyncIterable<FeedBatch>;
}

/** Which slices are read: those of an app, of an account, or all. */
export type FeedScope = Pick<FeedFilter, 'accountId' | 'appId'>;

export interface FeedLogState {
  /** Events with a lower id are not in slices. They are before all slices, in the order of their ids. */
  readonly firstId: string;
  /** All events up to here are in slices. */
  readonly completeTo: string;
  /** Which slices count, oldest first. A slice of another era than that of its position was written too late. */
  readonly eras: readonly FeedEra[];
}

export interface FeedEra {
  readonly era: number;
  /** The era has the slices that end after this position. */
  readonly after: string;
  /**
   * Events committed after this position have the position of their commit. Those between `after` and it have
   * a placed position, because the oplog no longer had their commits.
   */
  readonly from: string;
}

export interface FeedLogClaim {
  readonly token: string;
  /** Undefined if the log has not started. */
  readonly state: FeedLogState | undefined;
  /** The number of the next era. */
  readonly nextEra: number;
  /** When the log was last used, epoch ms. */
  readonly usedAt: number;
}

export interface FeedLogStart extends Pick<FeedLogState, 'firstId'> {
  readonly era: FeedEra;
}

export interface FeedIdQuery {
  readonly afterId: string;
  /** Undefined: no upper end. */
  readonly beforeId: string | undefined;
  readonly limit: number;
}

export interface FeedBatch {
  readonly entries: readonly FeedEntry[];
  /** All events up to here were yielded. */
  readonly position: string;
}

export interface FeedSliceKey {
  readonly era: number;
  /** The end of the part of the feed that was written at once, the same for the slices of all apps. */
  readonly end: string;
}

export interface FeedRange {
  readonly after: string;
  readonly to: string;
}

export interface FeedSlices {
  /** Entries of each slice, in order. */
  readonly slices: readonly FeedSlice[];
  /** Whether there may be more slices in the range. */
  readonly hasMore: boolean;
}

export interface FeedSlice extends FeedSliceKey {
  readonly entries: readonly FeedEntry[];
}
