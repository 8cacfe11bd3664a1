import type { DeliveryStatus } from '@tocsin/shared';
import { countFinished, noActivity, type ActivityCounts } from '../../domain/activity.ts';
import type { ActivityStore } from '../../domain/ports/activity-store.ts';
import type { ActivityRecorder } from '../../domain/ports/telemetry.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

/** How often counts are written: one write for everything that happened. A crash loses at most these seconds of counts. */
const saveEveryMs = 5_000;

const minuteMs = 60_000;

/** Counts what happens per app and minute, for the overview. Approximate by design: the deliveries are the truth. */
export class ActivityLog implements ActivityRecorder {
  readonly #store: ActivityStore;
  readonly #clock: Clock;
  readonly #log: Log;
  #counts = new Map<string, Map<number, ActivityCounts>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(store: ActivityStore, clock: Clock, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.save(), saveEveryMs).unref();
  }

  recordAccepted(appId: string): void {
    this.#now(appId).accepted++;
  }

  recordFinished(appId: string, status: DeliveryStatus, latencyMs: number): void {
    countFinished(this.#now(appId), status, latencyMs);
  }

  #now(appId: string): ActivityCounts {
    const minute = Math.floor(this.#clock.now() / minuteMs) * minuteMs;
    let listForApp = this.#counts.get(appId);
    if (listForApp === undefined) this.#counts.set(appId, (listForApp = new Map<number, ActivityCounts>()));
    let counts = listForApp.get(minute);
    if (counts === undefined) listForApp.set(minute, (counts = noActivity()));
    return counts;
  }

  async save(): Promise<void> {
    if (this.#counts.size === 0) return;
    const counts = this.#counts;
    this.#counts = new Map();
    try {
      await this.#store.add(
        [...counts].flatMap(([appId, minutes]) =>
          [...minutes].map(([at, of]) => ({ appId, at, counts: of })),
        ),
      );
    } catch (error) {
      this.#log.debug({ err: error }, 'activity counts of some seconds were not saved');
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.save();
  }
}
