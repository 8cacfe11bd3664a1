import type { DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import type { ActivityRecorder, Meter } from '../../domain/ports/telemetry.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { ResultWriter } from './result-writer.ts';
import type { Task, TrackedLease } from './task.ts';
import type { WorkSignal } from './work-signal.ts';

/**
 * How a delivery leaves memory. Each delivery that entered is completed or forgotten exactly once, unless it
 * is still queued when the process stops: its lease is then released.
 */
export interface DeliveryCompletion {
  /**
   * Stores the result of a delivery. Updates metrics if the delivery is finished and this process still held
   * its lease. Returns before the result is written; never throws.
   */
  complete(task: Task, result: DeliveryResult): void;
  /** Drops a delivery whose lease expired while it was queued: another process may have claimed it. */
  forget(task: Task): void;
  /** Finishes a lease without remaining deliveries. Never throws. */
  finishLease(lease: TrackedLease): void;
}

export interface DeliveryCompletionDeps {
  readonly memory: Pick<MemoryBudget, 'leave'>;
  readonly workSignal: Pick<WorkSignal, 'raiseAt'>;
  readonly resultWriter: Pick<ResultWriter, 'write' | 'finishLease'>;
  readonly leases: Pick<LeaseKeeper, 'remove'>;
  readonly meter: Meter;
  readonly activity: ActivityRecorder;
  readonly log: Log;
}

export function createDeliveryCompletion(deps: DeliveryCompletionDeps): DeliveryCompletion {
  const { memory, workSignal, resultWriter, leases, meter, activity, log } = deps;

  const logUnwritten = (error: unknown): void => {
    // Only during shutdown without a database: the lease expires and the delivery is attempted again
    // (at-least-once).
    log.warn({ err: error }, 'result not written; the delivery will be repeated');
  };

  const write = async (task: Task, result: DeliveryResult): Promise<void> => {
    try {
      const isOurs = await resultWriter.write(task, result);
      if (isOurs && result.status !== 'pending') {
        const { event } = task.delivery;
        const latencyMs = result.at - event.acceptedAt;
        meter.countFinished(result.status, result.reason, latencyMs);
        activity.recordFinished(event, result.status, latencyMs);
      }
    } catch (error) {
      logUnwritten(error);
    }
  };

  return {
    complete(task, result) {
      memory.leave(task.delivery);
      if (result.attempt !== undefined && result.dueAt !== null) workSignal.raiseAt(result.dueAt);
      void write(task, result);
    },
    forget({ delivery, lease }) {
      memory.leave(delivery);
      leases.remove(lease);
    },
    finishLease(lease) {
      void resultWriter.finishLease(lease).catch(logUnwritten);
    },
  };
}
