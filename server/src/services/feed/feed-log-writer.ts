import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTocsinError } from '../../domain/errors.ts';
import {
  originPosition,
  positionAfterTime,
  timeFromPosition,
  toPlacedPosition,
  type ClusterTime,
} from '../../domain/feed-position.ts';
import { lowestIdAt } from '../../domain/ids.ts';
import type {
  FeedEntry,
  FeedIdQuery,
  FeedLog,
  FeedLogClaim,
  FeedSource,
} from '../../domain/ports/feed-log.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

export interface FeedLogWriterDeps {
  readonly log: Log;
  readonly feedLog: FeedLog;
  readonly source: FeedSource;
  readonly clock: Clock;
}

export interface FeedLogWriterOptions {
  /** The log ends when it was not used for this long, ms. */
  readonly keepMs: number;
  /** Another process takes over after this time, ms. */
  readonly leaseMs?: number;
  /** How often a process looks whether the log needs a writer, ms. */
  readonly lookEveryMs?: number;
  /** Longest time that an entry waits until its slice is written, ms. */
  readonly flushMs?: number;
}

const defaultLeaseMs = 10_000;
const defaultLookEveryMs = 2_000;

/** Longer waits make fewer slices. Readers at the end of the log use the live stream, and do not wait. */
const defaultFlushMs = 500;

/** Most entries that are written at once. */
const maxFlush = 2_000;

/** Events of a batch of the stream after which the next one is read at once. */
const fullBatch = 1_000;

/** Events that are placed at once when the log starts. */
const placedBatch = 2_000;

/**
 * An event is stored this long after its id was made, at the latest, ms. Far above the time limit of an insert, because
 * clocks of several database servers differ.
 */
export const insertMarginMs = 5 * 60_000;

/** Longest time that a process writes with one claim. */
const maxTurnMs = 12 * 60 * 60_000;

/** Pause after a failure. */
const retryMs = 1_000;

/**
 * Writes the feed log. Every process runs one; a lease lets one of them write.
 *
 *   idle    --the log is wanted, and no process has it--> writing
 *   writing --the lease is lost, or an error--> idle
 *
 * A process that takes over starts behind the last written slice, so that nothing is left out. What the process before it
 * has written behind that is repeated, with the same content.
 */
export class FeedLogWriter {
  readonly #deps: FeedLogWriterDeps;
  readonly #keepMs: number;
  readonly #leaseMs: number;
  readonly #lookEveryMs: number;
  readonly #flushMs: number;
  readonly #stop = new AbortController();
  #loop: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #writtenAt: number | undefined;

  constructor(deps: FeedLogWriterDeps, options: FeedLogWriterOptions) {
    this.#deps = deps;
    this.#keepMs = options.keepMs;
    this.#leaseMs = options.leaseMs ?? defaultLeaseMs;
    this.#lookEveryMs = options.lookEveryMs ?? defaultLookEveryMs;
    this.#flushMs = options.flushMs ?? defaultFlushMs;
  }

  start(): void {
    this.#loop ??= this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#loop;
  }

  /** Looks at once whether the log needs a writer. */
  wake(): void {
    this.#wake?.();
  }

  /** How far the log is behind, ms. Undefined if another process writes it, or none. */
  get lagMs(): number | undefined {
    return this.#writtenAt === undefined ? undefined : this.#deps.clock.now() - this.#writtenAt;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { feedLog, log } = this.#deps;
    while (!signal.aborted) {
      try {
        if (await feedLog.isWanted()) await this.#tryToWrite(signal);
      } catch (error) {
        log.warn({ err: error }, 'the feed log was interrupted; will resume');
        await sleep(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
      if (!signal.aborted) await this.#wait();
    }
  }

  async #wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#lookEveryMs);
      timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  async #tryToWrite(signal: AbortSignal): Promise<void> {
    const { feedLog, clock } = this.#deps;
    const claim = await feedLog.claim(randomUUID(), clock.now(), this.#leaseMs);
    if (claim === undefined) return;
    const lost = new AbortController();
    const renewal = this.#keepLease(claim.token, lost);
    try {
      await this.#write(claim, AbortSignal.any([signal, lost.signal]));
    } finally {
      lost.abort();
      this.#writtenAt = undefined;
      await renewal;
      await feedLog.release(claim.token);
    }
  }

  /** Renews the lease until it is lost or `lost` aborts. */
  async #keepLease(token: string, lost: AbortController): Promise<void> {
    const { feedLog, clock, log } = this.#deps;
    while (!lost.signal.aborted) {
      const options = { signal: lost.signal, ref: false };
      await sleep(this.#leaseMs / 3, undefined, options).catch(() => undefined);
      if (lost.signal.aborted) return;
      try {
        if (!(await feedLog.renew(token, clock.now() + this.#leaseMs))) lost.abort();
      } catch (error) {
        log.warn({ err: error }, 'the lease of the feed log was not renewed; will retry');
      }
    }
  }

  async #write(claim: FeedLogClaim, signal: AbortSignal): Promise<void> {
    const { feedLog, clock, log } = this.#deps;
    if (clock.now() - claim.usedAt > this.#keepMs) {
      log.info({}, 'the feed log was not used for the retention time; it ends');
      return await feedLog.end(claim.token);
    }
    const { state, token, nextEra } = claim;
    if (state === undefined) return await this.#begin(claim, originPosition, signal);
    const { firstId, completeTo } = state;
    // From here on, slices of earlier claims do not count.
    const era = { era: nextEra, after: completeTo, from: completeTo };
    if (!(await feedLog.begin(token, { firstId, era }))) return;
    try {
      await this.#follow(token, era.era, completeTo, signal);
    } catch (error) {
      if (!isTocsinError(error) || error.code !== 'INVALID_INPUT') throw error;
      log.warn({}, 'no process wrote the feed log for longer than the oplog reaches; placing what it lacks');
      await this.#begin({ ...claim, nextEra: nextEra + 1 }, completeTo, signal);
    }
  }

  /** Writes what follows a position, until the signal aborts. */
  async #follow(token: string, era: number, after: string, signal: AbortSignal): Promise<void> {
    const { feedLog, source, clock } = this.#deps;
    let pending: FeedEntry[] = [];
    const startedAt = clock.now();
    let oldestAt = startedAt;
    let renewedAt = startedAt;
    this.#writtenAt = timeFromPosition(after);
    for await (const { entries, position } of source.tail(after, signal)) {
      const now = clock.now();
      if (pending.length === 0) oldestAt = now;
      for (const entry of entries) pending.push(entry);
      const isDue = pending.length >= maxFlush || now - oldestAt >= this.#flushMs;
      const isIdle = pending.length === 0;
      if (isIdle) this.#writtenAt = now;
      if (isIdle ? now - renewedAt < this.#leaseMs / 2 : !isDue) {
        await this.#gather(entries.length, signal);
        continue;
      }
      await feedLog.append(pending, { era, end: position });
      if (!(await feedLog.renew(token, clock.now() + this.#leaseMs, position))) return;
      pending = [];
      renewedAt = now;
      this.#writtenAt = now;
      // The next claim sees whether the log is still used.
      if (now - startedAt > maxTurnMs) return;
      await this.#gather(entries.length, signal);
    }
  }

  /** Waits after a small batch, so that the next one has more events and costs less for each. */
  async #gather(count: number, signal: AbortSignal): Promise<void> {
    if (count === 0 || count >= fullBatch) return;
    await sleep(this.#flushMs / 2, undefined, { signal, ref: false }).catch(() => undefined);
  }

  /**
   * Starts the log, or a new era of it: places the events that the oplog may not have. Those that were stored up to a
   * cluster time are placed by their ids; those after it have the positions of their commits. No event is in both,
   * because the ids are read as of that cluster time.
   */
  async #begin(claim: FeedLogClaim, after: string, signal: AbortSignal): Promise<void> {
    const { feedLog, clock, log } = this.#deps;
    const at = await feedLog.getClusterTime();
    const settledId = lowestIdAt('evt_', at.seconds * 1000 - insertMarginMs);
    const isStart = claim.state === undefined;
    const sinceMs = timeFromPosition(after) - insertMarginMs;
    // Before the log, all older events are read by their ids.
    const firstId = isStart ? settledId : lowestIdAt('evt_', sinceMs);
    const recorded = isStart ? new Set<string>() : await feedLog.listRecorded(sinceMs, after);
    const era = { era: claim.nextEra, after, from: positionAfterTime(at) };
    const startedAt = clock.now();
    const count = await this.#place({ era: era.era, after, firstId, settledId, at, recorded }, signal);
    if (signal.aborted) return;
    const begun = await feedLog.begin(claim.token, { firstId: claim.state?.firstId ?? firstId, era });
    if (!begun) return;
    log.info({ era: era.era, placed: count, durationMs: clock.now() - startedAt }, 'the feed log has begun');
    await this.#follow(claim.token, era.era, era.from, signal);
  }

  /** Places the events from an id on. Returns how many. */
  async #place(placement: Placement, signal: AbortSignal): Promise<number> {
    const { firstId, settledId, at } = placement;
    const settled = { afterId: firstId, beforeId: settledId, limit: placedBatch };
    // Without the snapshot, because it may be gone before all of them are read.
    const count = firstId < settledId ? await this.#placeRange(placement, settled, undefined, signal) : 0;
    const recent = { afterId: settledId, beforeId: undefined, limit: placedBatch };
    return count + (await this.#placeRange(placement, recent, at, signal));
  }

  async #placeRange(
    { era, after, recorded }: Placement,
    range: FeedIdQuery,
    at: ClusterTime | undefined,
    signal: AbortSignal,
  ): Promise<number> {
    const { feedLog } = this.#deps;
    let { afterId } = range;
    let count = 0;
    while (!signal.aborted) {
      const found = await feedLog.listAt({ ...range, afterId }, at);
      const entries = found
        .filter(({ id }) => !recorded.has(id))
        .map((entry): FeedEntry => ({ ...entry, position: toPlacedPosition(entry.id, after) }));
      await feedLog.append(entries, { era, end: entries.at(-1)?.position ?? after });
      count += entries.length;
      afterId = found.at(-1)?.id ?? afterId;
      if (found.length < range.limit) break;
    }
    return count;
  }
}

interface Placement {
  readonly era: number;
  readonly after: string;
  readonly firstId: string;
  /** All events with lower ids are stored. */
  readonly settledId: string;
  readonly at: ClusterTime;
  /** Ids that are in slices already. */
  readonly recorded: ReadonlySet<string>;
}
