import type { DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import type { ActivityRecorder, Meter } from '../../domain/ports/telemetry.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { ResultWriter } from './result-writer.ts';
import type { HeldLease, Task } from './task.ts';

/**
 * How a delivery leaves memory. For each that entered comes one of `complete` and `forget`, unless the process stops while it
 * waits: then it is given back with its lease.
 */
export interface DeliveryCompletion {
  /** Records what became of it, attempted or set aside, and counts it if it ended and was ours. Never rejects. */
  complete(task: Task, recording: DeliveryResult): Promise<void>;
  /** Its lease ended while it waited in memory (the process was suspended): others have it now. */
  forget(task: Task): void;
  /** Ends a batch of which nothing is open. */
  close(lease: HeldLease): void;
}

export interface DeliveryCompletionDeps {
  readonly memory: MemoryBudget;
  readonly resultWriter: ResultWriter;
  readonly leases: LeaseKeeper;
  readonly meter: Meter;
  readonly activity: ActivityRecorder;
  readonly log: Log;
  /** Hears of each recording before it is written. */
  readonly decided: (recording: DeliveryResult) => void;
}

export function createDeliveryCompletion(deps: DeliveryCompletionDeps): DeliveryCompletion {
  const { memory, resultWriter, leases, meter, activity, log, decided } = deps;

  const unwritten = (error: unknown): void => {
    // Only at shutdown with the database away: the lease ends and the delivery is made again.
    log.warn({ err: error }, 'a result could not be written; it will be sent again');
  };

  return {
    async complete(task, recording) {
      const { event } = task.delivery;
      memory.left(event);
      decided(recording);
      try {
        const isOurs = await resultWriter.add(task, recording);
        if (isOurs && recording.status !== 'pending') {
          const latencyMs = recording.at - event.acceptedAt;
          meter.finished(recording.status, recording.reason, latencyMs);
          activity.finished(event.appId, recording.status, latencyMs);
        }
      } catch (error) {
        unwritten(error);
      }
    },
    forget({ delivery, lease }) {
      memory.left(delivery.event);
      leases.remove(lease);
    },
    close(lease) {
      void resultWriter.end(lease).catch(unwritten);
    },
  };
}
