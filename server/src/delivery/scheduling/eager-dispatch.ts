import type { AcceptedEvent } from '../../domain/event.ts';
import type { EagerDispatch } from '../../domain/ports/eager-dispatch.ts';
import type { Intake } from './intake.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { ReservedEvents } from './reserved-events.ts';

export interface EagerDispatchDeps {
  readonly intake: Pick<Intake, 'isAccepting' | 'addBatch'>;
  readonly memory: Pick<MemoryBudget, 'hasRoomFor' | 'reserve' | 'unreserve'>;
  readonly reserved: Pick<ReservedEvents, 'add' | 'remove' | 'getTime'>;
  /** Tells the owners of the partitions that an entry owes them deliveries. Best effort. */
  readonly notifyOwners: (entryId: string, partitions: ReadonlySet<number>) => void;
}

/**
 * The happy path: the process that accepts an event and owns the partitions of its webhooks sends it from
 * memory.
 *
 *   requested --there is room--> reserved
 *   requested --no room, or the process does not send--> left to the sweep of the partitions' owners
 *   reserved  --commit--> in memory
 *   reserved  --cancel--> left to the sweep, if it was stored at all
 */
export function createEagerDispatch(deps: EagerDispatchDeps): EagerDispatch {
  const { intake, memory, reserved, notifyOwners } = deps;

  const release = (event: AcceptedEvent): void => {
    memory.unreserve(event);
    reserved.remove(event.id);
  };

  return {
    reserve(event) {
      if (!intake.isAccepting || !memory.hasRoomFor(event)) return false;
      memory.reserve(event);
      reserved.add(event.id);
      return true;
    },
    commit(batch, isReserved) {
      const times = batch.events.map(({ id }) => reserved.getTime(id) ?? Number.POSITIVE_INFINITY);
      for (const event of batch.events) if (isReserved(event)) release(event);
      const foreign = intake.addBatch(batch, isReserved, Math.min(...times));
      if (foreign.size > 0) notifyOwners(batch.id, foreign);
    },
    cancel: release,
  };
}
