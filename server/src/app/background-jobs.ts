import { createAppEraser, eraseEveryMs, toSettleMs } from '../services/accounts/erase-apps.ts';
import { monitorEveryMs, type Monitor } from '../services/alerts/monitor.ts';
import { PeriodicTask } from '../services/common/periodic-task.ts';
import { createReplayWorker, replayPauseMs } from '../services/deliveries/replay-worker.ts';
import { createFillSearchWords, fillEveryMs } from '../services/maintenance/fill-search-words.ts';
import { createSweep, sweepEveryMs } from '../services/maintenance/retention.ts';
import { createCloseIncidents } from '../services/incidents/close-incidents.ts';
import { createSampleWaiting } from '../services/system/sample-waiting.ts';
import { createReconciliationJob, reconcileEveryMs } from '../services/system/reconciliation-job.ts';
import type { IdempotentCalls } from '../services/idempotency/idempotent-calls.ts';
import type { Reconcile } from '../services/system/reconciliation.ts';
import type { Cleanup } from './cleanup.ts';
import type { Sending } from './engine.ts';
import type { Foundation } from './foundation.ts';
import { toRetentionMs } from './options.ts';

const dropEveryMs = 60_000;
const closeIncidentsEveryMs = 10_000;
const sampleWaitingEveryMs = 60_000;

/** The owner of this partition runs what one process is enough for. */
const leadingPartition = 0;

/** The work of background jobs that services share. */
export interface BackgroundWork {
  readonly reconcile: Reconcile;
  readonly calls: IdempotentCalls;
  readonly monitor: Monitor;
}

/**
 * Starts retention, reconciliation, replays, the words of searches, the erasure of deleted apps and that of responses of
 * calls. Only processes that send deliveries run them.
 */
export function startBackgroundJobs(
  { options, log, stores, clock, meter, audit, ownership }: Foundation,
  { engine, activity, secretBox }: Sending,
  { reconcile, calls, monitor }: BackgroundWork,
  cleanup: Cleanup,
): void {
  // After its task, which is stopped first.
  cleanup.add(() => monitor.stop());
  const keepMs = toRetentionMs(options);
  const sweep = createSweep({ store: stores.retention, feedLog: stores.feedLog, clock, log, keepMs });
  const eraseApps = createAppEraser({
    deletions: stores.appDeletions,
    audit,
    clock,
    log,
    settleMs: toSettleMs(options.DELIVERY_TIMEOUT_MS),
  });
  const runReplay = createReplayWorker({ replays: stores.replays, clock, log, notifyDue: engine.notifyDue });
  const runReconciliation = createReconciliationJob({
    reconcile,
    clock,
    log,
    report: (found) => meter.countReconciled(found),
  });
  const fillSearchWords = createFillSearchWords({ ...stores, secretBox, log });
  const { incidents, health, webhooks, deliveries } = stores;
  const closeIncidents = createCloseIncidents({ incidents, health, webhooks, clock, log });
  const sampleWaiting = createSampleWaiting({ deliveries, activity, log });
  const inOneProcess = (run: () => Promise<void>) => async () => {
    if (ownership.owns(leadingPartition)) await run();
  };
  for (const task of [
    new PeriodicTask({ everyMs: sweepEveryMs, run: async (signal) => void (await sweep(signal)) }),
    new PeriodicTask({ everyMs: reconcileEveryMs, run: runReconciliation }),
    new PeriodicTask({ everyMs: replayPauseMs, run: runReplay }),
    new PeriodicTask({ everyMs: eraseEveryMs, run: eraseApps }),
    new PeriodicTask({ everyMs: dropEveryMs, run: calls.dropExpired }),
    new PeriodicTask({ everyMs: fillEveryMs, startsAtOnce: true, run: fillSearchWords }),
    new PeriodicTask({ everyMs: closeIncidentsEveryMs, run: inOneProcess(closeIncidents) }),
    new PeriodicTask({ everyMs: sampleWaitingEveryMs, run: inOneProcess(sampleWaiting) }),
    new PeriodicTask({ everyMs: options.monitorEveryMs ?? monitorEveryMs, run: monitor.run }),
  ]) {
    task.start();
    cleanup.add(() => task.stop());
  }
}
