import { setTimeout as wait } from 'node:timers/promises';
import type { RetentionStore } from '../../domain/ports/bulk-stores.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

export interface RetentionDeps {
  readonly store: RetentionStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly keepMs: number;
}

/** Nobody waits for old documents to go. */
export const sweepEveryMs = 10 * 60_000;

/** Small batches with a pause between: removal must not be felt by deliveries. */
const batchSize = 500;
const pauseMs = 50;

/** Removes events and deliveries that are past their time; answers how much went. */
export function createSweep({ store, clock, log, keepMs }: RetentionDeps) {
  return async function sweep(signal?: AbortSignal): Promise<{ events: number; deliveries: number }> {
    const total = { events: 0, deliveries: 0 };
    try {
      for (;;) {
        const gone = await store.purge(clock.now() - keepMs, batchSize);
        total.events += gone.events;
        total.deliveries += gone.deliveries;
        if (gone.events + gone.deliveries === 0) break;
        await wait(pauseMs, undefined, signal && { signal }).catch(() => undefined);
        if (signal?.aborted === true) break;
      }
    } catch (error) {
      log.warn({ err: error }, 'retention sweep stopped early; the next one goes on');
    }
    if (total.events + total.deliveries > 0) log.info(total, 'removed what was past its time');
    return total;
  };
}
