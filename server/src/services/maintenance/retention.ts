import { setTimeout as wait } from 'node:timers/promises';
import type { PurgeStep, RetentionStore } from '../../domain/ports/bulk-stores.ts';
import type { FeedLog } from '../../domain/ports/feed-log.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

export interface RetentionDeps {
  readonly store: RetentionStore;
  readonly feedLog: Pick<FeedLog, 'purge'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly keepMs: number;
}

/** Removal is not urgent. */
export const sweepEveryMs = 10 * 60_000;

/** Small batches with a pause in between, so that removal does not slow deliveries down. */
const batchSize = 500;
const pauseMs = 50;

/**
 * Removes events, deliveries and finished replays older than the retention time. Each sweep examines all old
 * documents once, from the oldest on, and passes those that must stay. Returns how many events and deliveries
 * it removed.
 */
export function createSweep({ store, feedLog, clock, log, keepMs }: RetentionDeps) {
  /** Runs the steps one after the other until the last one has nothing left to examine. */
  async function walk(
    step: (before: number, after: string | undefined, limit: number) => Promise<PurgeStep>,
    signal: AbortSignal | undefined,
    onStep: (step: PurgeStep) => void,
  ): Promise<void> {
    let after: string | undefined;
    do {
      const done = await step(clock.now() - keepMs, after, batchSize);
      onStep(done);
      after = done.next;
      if (after === undefined) return;
      await wait(pauseMs, undefined, signal && { signal }).catch(() => undefined);
    } while (!isStopped(signal));
  }

  async function purgeReplays(signal: AbortSignal | undefined): Promise<void> {
    let count: number;
    do {
      count = await store.purgeReplays(clock.now() - keepMs, batchSize);
    } while (count > 0 && !isStopped(signal));
  }

  async function purgeFeedLog(signal: AbortSignal | undefined): Promise<void> {
    let count: number;
    do {
      count = await feedLog.purge(clock.now() - keepMs, batchSize);
      if (count > 0) await wait(pauseMs, undefined, signal && { signal }).catch(() => undefined);
    } while (count > 0 && !isStopped(signal));
  }

  return async function sweep(signal?: AbortSignal): Promise<{ events: number; deliveries: number }> {
    const total = { events: 0, deliveries: 0 };
    const add = ({ events, deliveries }: PurgeStep) => {
      total.events += events;
      total.deliveries += deliveries;
    };
    // Independent of each other, so that none of them is kept from its work by a failure of another one.
    for (const purge of [
      () => walk((...step) => store.purgeEvents(...step), signal, add),
      () => walk((...step) => store.purgeDeliveries(...step), signal, add),
      () => purgeReplays(signal),
      () => purgeFeedLog(signal),
    ]) {
      if (isStopped(signal)) break;
      try {
        await purge();
      } catch (error) {
        log.warn({ err: error }, 'retention sweep interrupted; will resume');
      }
    }
    if (total.events + total.deliveries > 0) log.info(total, 'removed expired events and deliveries');
    return total;
  };
}

function isStopped(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
