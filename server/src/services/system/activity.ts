import type { DeliveryStatus } from '@tocsin/shared';
import { countFinished, noActivity, type ActivityCounts } from '../../domain/activity.ts';
import type { ActivityStore } from '../../domain/ports/activity-store.ts';
import type { ActivityRecorder } from '../../domain/ports/telemetry.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';

export interface ActivityLogDeps {
  readonly store: ActivityStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often counts are saved, in one write. A crash loses at most the counts of this period. */
const saveEveryMs = 5_000;

const minuteMs = 60_000;

/**
 * Counts events and deliveries per app and minute, for statistics. Approximate: the stored deliveries are
 * exact.
 */
export class ActivityLog implements ActivityRecorder {
  readonly #deps: ActivityLogDeps;
  #counts = new Map<string, Map<number, ActivityCounts>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ActivityLogDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.save(), saveEveryMs).unref();
  }

  recordAccepted(appId: string): void {
    this.#currentCounts(appId).accepted++;
  }

  recordFinished(appId: string, status: DeliveryStatus, latencyMs: number): void {
    countFinished(this.#currentCounts(appId), status, latencyMs);
  }

  #currentCounts(appId: string): ActivityCounts {
    const minute = Math.floor(this.#deps.clock.now() / minuteMs) * minuteMs;
    let minutes = this.#counts.get(appId);
    if (minutes === undefined) this.#counts.set(appId, (minutes = new Map<number, ActivityCounts>()));
    let counts = minutes.get(minute);
    if (counts === undefined) minutes.set(minute, (counts = noActivity()));
    return counts;
  }

  async save(): Promise<void> {
    if (this.#counts.size === 0) return;
    const unsaved = this.#counts;
    this.#counts = new Map();
    try {
      await this.#deps.store.add(
        [...unsaved].flatMap(([appId, minutes]) =>
          [...minutes].map(([at, counts]) => ({ appId, at, counts })),
        ),
      );
    } catch (error) {
      this.#deps.log.debug({ err: error }, 'could not save activity counts');
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.save();
  }
}
