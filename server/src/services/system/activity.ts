import { countResult, noActivity, type ActivityCounts, type CountedResult } from '../../domain/activity.ts';
import type { ActivityBatch, ActivityStore } from '../../domain/ports/activity-store.ts';
import type { ActivityRecorder } from '../../domain/ports/telemetry.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

export interface ActivityLogDeps {
  readonly store: Pick<ActivityStore, 'save'>;
  /** First part of the id of every batch. Unique per start of a process. */
  readonly processId: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often counts are saved. A crash loses at most the counts of this period. */
const saveEveryMs = 5_000;

/** Apps of one batch. A reader of one app reads the whole batch. */
const maxApps = 20;

/**
 * While a minute has more batches, they are saved when it has ended. Otherwise many apps with few events each
 * would cost a write for each event.
 */
const maxPromptBatches = 5;

/** Minutes in memory while the database is away. */
const maxMinutes = 10;

const minuteMs = 60_000;

type CountedApp = Parameters<ActivityRecorder['recordResult']>[0];

interface Batch {
  readonly id: string;
  readonly apps: { readonly appId: string; readonly accountId: string; readonly counts: ActivityCounts }[];
  isChanged: boolean;
}

/** The activity of one minute. */
interface Minute {
  readonly batches: Batch[];
  readonly byApp: Map<string, { readonly batch: Batch; readonly counts: ActivityCounts }>;
}

/**
 * Counts events and deliveries per app and minute, for statistics. Approximate: the stored deliveries are
 * exact.
 */
export class ActivityLog implements ActivityRecorder {
  readonly #deps: ActivityLogDeps;
  /** By the start of the minute, epoch ms. */
  readonly #minutes = new Map<number, Minute>();
  #timer: NodeJS.Timeout | undefined;
  #onActivity: ((app: CountedApp) => void) | undefined;

  constructor(deps: ActivityLogDeps) {
    this.#deps = deps;
  }

  /** First part of the ids of the batches that this process saves. */
  get processId(): string {
    return this.#deps.processId;
  }

  /** Calls the listener for each event and result. It must be fast, because this is the hot path. */
  subscribe(listener: (app: CountedApp) => void): void {
    this.#onActivity = listener;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.save(), saveEveryMs).unref();
  }

  /** Counts an event in the minute of its id, so that a list of events from a minute on has the same number. */
  recordAccepted(event: Parameters<ActivityRecorder['recordAccepted']>[0], deliveries: number): void {
    const accepted = toMinute(event.acceptedAt);
    const current = this.#currentMinute;
    const isKept = accepted === current || accepted === current - minuteMs;
    const counts = this.#findCounts(event, isKept ? accepted : current);
    counts.accepted++;
    counts.deliveries += deliveries;
  }

  recordResult(app: CountedApp, result: CountedResult): void {
    countResult(this.#findCounts(app, this.#currentMinute), result);
  }

  /** Records how many deliveries of an app wait for their next attempt now. */
  recordWaiting(app: CountedApp, waiting: number): void {
    this.#findCounts(app, this.#currentMinute).waiting = waiting;
  }

  get #currentMinute(): number {
    return toMinute(this.#deps.clock.now());
  }

  #findCounts({ appId, accountId }: CountedApp, at: number): ActivityCounts {
    let minute = this.#minutes.get(at);
    if (minute === undefined) this.#minutes.set(at, (minute = { batches: [], byApp: new Map() }));
    let known = minute.byApp.get(appId);
    if (known === undefined) {
      const batch = this.#findBatch(at, minute);
      known = { batch, counts: noActivity() };
      batch.apps.push({ appId, accountId, counts: known.counts });
      minute.byApp.set(appId, known);
    }
    known.batch.isChanged = true;
    this.#onActivity?.({ appId, accountId });
    return known.counts;
  }

  #findBatch(at: number, { batches }: Minute): Batch {
    const last = batches.at(-1);
    if (last !== undefined && last.apps.length < maxApps) return last;
    const batch = { id: `${this.#deps.processId}:${at}:${batches.length}`, apps: [], isChanged: false };
    batches.push(batch);
    return batch;
  }

  /** Saves the minutes that have ended, and the current one if it has few batches. Never rejects. */
  async save(): Promise<void> {
    await this.#save((at, { batches }) => at < this.#currentMinute || batches.length <= maxPromptBatches);
  }

  async #save(isDue: (at: number, minute: Minute) => boolean): Promise<void> {
    const changed: Batch[] = [];
    const stored: ActivityBatch[] = [];
    for (const [at, minute] of this.#minutes) {
      if (!isDue(at, minute)) continue;
      for (const batch of minute.batches.filter(({ isChanged }) => isChanged)) {
        batch.isChanged = false;
        changed.push(batch);
        stored.push({ id: batch.id, at, savedAt: this.#deps.clock.now(), apps: batch.apps });
      }
    }
    if (stored.length > 0) {
      try {
        await this.#deps.store.save(stored);
      } catch (error) {
        for (const batch of changed) batch.isChanged = true;
        this.#deps.log.debug({ err: error }, 'could not save activity counts; retrying');
      }
    }
    this.#removeSaved();
  }

  #removeSaved(): void {
    const current = this.#currentMinute;
    for (const [at, { batches }] of this.#minutes) {
      const isSaved = batches.every(({ isChanged }) => !isChanged);
      // The previous minute still gets events whose insert took until now.
      if ((isSaved && at < current - minuteMs) || at <= current - maxMinutes * minuteMs)
        this.#minutes.delete(at);
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#save(() => true);
  }
}

function toMinute(at: number): number {
  return Math.floor(at / minuteMs) * minuteMs;
}
