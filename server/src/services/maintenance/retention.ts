import { setTimeout as wait } from 'node:timers/promises';
import type { RetentionStore } from '../../domain/ports/bulk-stores.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

export interface RetentionDeps {
  readonly store: RetentionStore;
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
 * Removes events, deliveries and finished replays older than the retention time. Returns how many events and
 * deliveries it removed.
 */
export function createSweep({ store, clock, log, keepMs }: RetentionDeps) {
  return async function sweep(signal?: AbortSignal): Promise<{ events: number; deliveries: number }> {
    const total = { events: 0, deliveries: 0 };
    try {
      for (;;) {
        const before = clock.now() - keepMs;
        const removed = await store.purge(before, batchSize);
        const replays = await store.purgeReplays(before, batchSize);
        total.events += removed.events;
        total.deliveries += removed.deliveries;
        if (removed.events + removed.deliveries + replays === 0) break;
        await wait(pauseMs, undefined, signal && { signal }).catch(() => undefined);
        if (signal?.aborted === true) break;
      }
    } catch (error) {
      log.warn({ err: error }, 'retention sweep interrupted; will resume');
    }
    if (total.events + total.deliveries > 0) log.info(total, 'removed expired events and deliveries');
    return total;
  };
}
