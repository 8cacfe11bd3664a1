import type { Recording } from '../../domain/ports/delivery-queue.ts';
import type { ActivityRecorder, Meter } from '../../domain/ports/telemetry.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { Holds } from './lease-keeper.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { Recorder } from './result-writer.ts';
import type { Hold, Task } from './task.ts';

/**
 * How a delivery leaves memory. For each that entered comes one of `settle` and `forget`, unless the process stops while it
 * waits: then it is given back with its hold.
 */
export interface Settlement {
  /** Records what became of it, attempted or set aside, and counts it if it ended and was ours. Never rejects. */
  settle(task: Task, recording: Recording): Promise<void>;
  /** Its lease ended while it waited in memory (the process was suspended): others have it now. */
  forget(task: Task): void;
  /** Ends a batch of which nothing is open. */
  close(hold: Hold): void;
}

export interface SettlementParts {
  readonly memory: MemoryBudget;
  readonly recorder: Recorder;
  readonly holds: Holds;
  readonly meter: Meter;
  readonly activity: ActivityRecorder;
  readonly log: Log;
  /** Hears of each recording before it is written. */
  readonly decided: (recording: Recording) => void;
}

export function createSettlement(parts: SettlementParts): Settlement {
  const { memory, recorder, holds, meter, activity, log, decided } = parts;

  const unwritten = (error: unknown): void => {
    // Only at shutdown with the database away: the lease ends and the delivery is made again.
    log.warn({ err: error }, 'a result could not be written; it will be sent again');
  };

  return {
    async settle(task, recording) {
      const { event } = task.delivery;
      memory.left(event);
      decided(recording);
      try {
        const isOurs = await recorder.add(task, recording);
        if (isOurs && recording.status !== 'pending') {
          const latencyMs = recording.at - event.acceptedAt;
          meter.finished(recording.status, recording.reason, latencyMs);
          activity.finished(event.appId, recording.status, latencyMs);
        }
      } catch (error) {
        unwritten(error);
      }
    },
    forget({ delivery, hold }) {
      memory.left(delivery.event);
      holds.remove(hold);
    },
    close(hold) {
      void recorder.end(hold).catch(unwritten);
    },
  };
}
