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

type CountedEvent = Parameters<ActivityRecorder['recordAccepted']>[0];

interface AppActivity {
  readonly accountId: string;
  /** By the start of the minute, epoch ms. */
  readonly minutes: Map<number, ActivityCounts>;
}

/**
 * Counts events and deliveries per app and minute, for statistics. Approximate: the stored deliveries are
 * exact.
 */
export class ActivityLog implements ActivityRecorder {
  readonly #deps: ActivityLogDeps;
  #counts = new Map<string, AppActivity>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ActivityLogDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.save(), saveEveryMs).unref();
  }

  recordAccepted(event: CountedEvent): void {
    this.#currentCounts(event).accepted++;
  }

  recordFinished(event: CountedEvent, status: DeliveryStatus, latencyMs: number): void {
    countFinished(this.#currentCounts(event), status, latencyMs);
  }

  #currentCounts({ appId, accountId }: CountedEvent): ActivityCounts {
    const minute = Math.floor(this.#deps.clock.now() / minuteMs) * minuteMs;
    let app = this.#counts.get(appId);
    if (app === undefined) this.#counts.set(appId, (app = { accountId, minutes: new Map() }));
    let counts = app.minutes.get(minute);
    if (counts === undefined) app.minutes.set(minute, (counts = noActivity()));
    return counts;
  }

  async save(): Promise<void> {
    if (this.#counts.size === 0) return;
    const unsaved = this.#counts;
    this.#counts = new Map();
    try {
      await this.#deps.store.add(
        [...unsaved].flatMap(([appId, { accountId, minutes }]) =>
          [...minutes].map(([at, counts]) => ({ appId, accountId, at, counts })),
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
