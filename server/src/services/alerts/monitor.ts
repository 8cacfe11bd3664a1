import type { EndpointWatchStore, MonitorCursor } from '../../domain/ports/endpoint-watch-store.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import { failedWindowMs, type createFindOtherNotices } from './find-other-notices.ts';
import type { AlertSender } from './send-alerts.ts';
import type { createWatchEndpoints } from './watch-endpoints.ts';

export interface MonitorDeps {
  readonly watches: Pick<EndpointWatchStore, 'takeLease' | 'releaseLease' | 'apply'>;
  readonly watchEndpoints: ReturnType<typeof createWatchEndpoints>;
  /** Undefined: operational events are off. */
  readonly findOtherNotices: ReturnType<typeof createFindOtherNotices> | undefined;
  /** Undefined: operational events are off. */
  readonly publishNotices: (() => Promise<void>) | undefined;
  readonly evaluateAlerts: (now: number) => Promise<void>;
  readonly sender: Pick<AlertSender, 'run' | 'stop'>;
  readonly processId: string;
  readonly clock: Clock;
  readonly log: Log;
}

export const monitorEveryMs = 15_000;

/** If the process that has the lease dies, another one goes on after this time. Longer than a run. */
const leaseMs = 120_000;

/**
 * Watches endpoints, publishes operational events and sends alerts. One process at a time does so, by a lease. Each
 * step stores what it saw with the events about it in one transaction, so that a crash loses none and repeats none.
 */
export function createMonitor(deps: MonitorDeps) {
  const { watches, processId, clock, log } = deps;

  async function watch(cursor: MonitorCursor, now: number): Promise<boolean> {
    const { disabledUntil, ...changes } = await deps.watchEndpoints(cursor.disabledUntil, now);
    const other = (await deps.findOtherNotices?.(cursor, now)) ?? { ...toStart(now), notices: [] };
    const { notices, failedUntil, secretsUntil, certificatesUntil } = other;
    return await watches.apply({
      ...changes,
      holder: processId,
      notices: [...changes.notices, ...notices],
      cursor: { disabledUntil, failedUntil, secretsUntil, certificatesUntil },
    });
  }

  return {
    /** Runs one step. Never rejects: the next one goes on. */
    run: async (signal?: AbortSignal): Promise<void> => {
      try {
        const now = clock.now();
        const cursor = await watches.takeLease(processId, now, now + leaseMs, toStart(now));
        if (cursor === undefined || !(await watch(cursor, now))) return;
        for (const step of [
          () => deps.publishNotices?.(),
          () => deps.evaluateAlerts(clock.now()),
          () => deps.sender.run(),
        ]) {
          if (signal?.aborted === true) return;
          await step();
        }
      } catch (error) {
        log.warn({ err: error }, 'monitoring of endpoints interrupted; will resume');
      }
    },

    /** Lets another process go on at once. Never rejects. */
    stop: async (): Promise<void> => {
      await deps.sender.stop();
      await watches.releaseLease(processId).catch((error: unknown) => {
        log.debug({ err: error }, 'lease of the monitor not released; it ends by itself');
      });
    },
  };
}

export type Monitor = ReturnType<typeof createMonitor>;

/** What happened before the first start is old. */
function toStart(now: number): MonitorCursor {
  return {
    disabledUntil: now,
    failedUntil: Math.floor(now / failedWindowMs) * failedWindowMs,
    secretsUntil: now,
    certificatesUntil: now,
  };
}
