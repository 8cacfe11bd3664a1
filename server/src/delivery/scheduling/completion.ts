import type { DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import type { ActivityRecorder, Meter, WebhookActivityRecorder } from '../../domain/ports/telemetry.ts';
import type { IncidentRecorder } from '../../domain/ports/incident-store.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { DueSchedule } from './due-schedule.ts';
import type { EntryTracker } from './entry-tracker.ts';
import type { HeldDeliveries } from './held-deliveries.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { ResultWriter } from './result-writer.ts';
import type { Task } from './task.ts';

/** How a delivery leaves memory. Each delivery that entered is completed once, or dropped with its partition. */
export interface DeliveryCompletion {
  /**
   * Stores the result of a delivery, and schedules its next attempt. A delivery that has a document and was
   * not attempted only leaves memory. Returns before the result is written; never throws.
   */
  complete(task: Task, result: DeliveryResult): void;
  /** Closes an entry and partition without remaining deliveries. Never throws. */
  closeEntry(entryId: string, partition: number): void;
}

export interface DeliveryCompletionDeps {
  readonly memory: Pick<MemoryBudget, 'leave'>;
  readonly held: Pick<HeldDeliveries, 'remove'>;
  readonly entries: Pick<EntryTracker, 'countDown' | 'forget'>;
  readonly resultWriter: Pick<ResultWriter, 'write' | 'closeEntry'>;
  readonly schedule: Pick<DueSchedule, 'addDelivery' | 'addWebhook'>;
  readonly meter: Meter;
  readonly activity: ActivityRecorder;
  readonly webhookActivity: WebhookActivityRecorder;
  readonly incidents: IncidentRecorder;
  readonly log: Log;
}

export function createDeliveryCompletion(deps: DeliveryCompletionDeps): DeliveryCompletion {
  const { memory, held, entries, resultWriter, schedule, meter, log } = deps;
  const { activity, webhookActivity, incidents } = deps;

  const closeEntry = (entryId: string, partition: number): void => {
    resultWriter.closeEntry({ entryId, partition }).catch((error: unknown) => {
      // Only during shutdown without a database. The next owner finds nothing to send and closes it.
      log.warn({ err: error, entryId }, 'outbox entry not closed');
    });
  };

  const write = async (task: Task, result: DeliveryResult): Promise<void> => {
    const { deliveryId, webhookId, event } = task.delivery;
    try {
      const isOurs = await resultWriter.write(result);
      held.remove(task);
      if (task.entryId !== undefined && entries.countDown(task.entryId, task.partition, deliveryId)) {
        closeEntry(task.entryId, task.partition);
      }
      // Another writer changed the delivery, and may have made it due.
      if (!isOurs) schedule.addWebhook(webhookId, result.at);
      else if (result.dueAt !== null) schedule.addDelivery(webhookId, deliveryId, result.dueAt);
      if (isOurs) {
        const { status, reason, attempt } = result;
        const latencyMs = result.at - event.acceptedAt;
        if (status !== 'pending') meter.countFinished(status, reason, latencyMs);
        const hasSucceeded = attempt === undefined ? undefined : attempt.reason === null;
        activity.recordResult(event, { status, hasSucceeded, latencyMs });
        webhookActivity.recordResult(result);
        if (attempt !== undefined && attempt.reason !== null) {
          const { appId, accountId } = event;
          const { reason: failure, statusCode } = attempt;
          incidents.recordFailure({ webhookId, appId, accountId, reason: failure, statusCode }, result.at);
        }
      }
    } catch (error) {
      held.remove(task);
      // Only during shutdown without a database, or after a bug. The next owner, a sweep or a scan finds the
      // delivery, which is repeated (at-least-once).
      if (task.entryId !== undefined) entries.forget(task.entryId, task.partition);
      log.warn({ err: error, deliveryId }, 'result not written; the delivery will be repeated');
    }
  };

  return {
    complete(task, result) {
      memory.leave(task.delivery);
      const isWaiting = task.delivery.revision > 0 && result.attempt === undefined;
      if (isWaiting && result.dueAt !== null) {
        held.remove(task);
        schedule.addWebhook(task.delivery.webhookId, result.dueAt);
      } else void write(task, result);
    },
    closeEntry,
  };
}
