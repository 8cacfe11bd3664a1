import type { EagerDispatch } from '../../domain/ports/eager-dispatch.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Intake } from './intake.ts';
import { leaseMs } from './lease-keeper.ts';
import type { MemoryBudget } from './memory-budget.ts';

export interface EagerDispatchDeps {
  readonly intake: Pick<Intake, 'isAccepting' | 'addEntry'>;
  readonly memory: Pick<MemoryBudget, 'hasRoomFor' | 'reserve' | 'unreserve'>;
  readonly dispatcher: Pick<Dispatcher, 'isQueueFull'>;
  readonly clock: Clock;
  /** First part of every lease token. */
  readonly owner: string;
}

/**
 * The happy path: the process that accepts an event also sends it, without a claim.
 *
 *   requested --there is room--> reserved
 *   requested --no room, or the process does not send--> left to the claim loop of any process
 *   reserved  --commit--> in memory, under the lease it was stored with
 *   reserved  --cancel--> left to the claim loop of any process, if it was stored at all
 *
 * Deliveries to a paused webhook are deferred at once, in one write with others. A claim would need five
 * round trips for the same result.
 */
export function createEagerDispatch({
  intake,
  memory,
  dispatcher,
  clock,
  owner,
}: EagerDispatchDeps): EagerDispatch {
  // Claims are numbered from 1.
  const token = `${owner}.0`;
  const isQueueFull = (webhookId: string): boolean => dispatcher.isQueueFull(webhookId);

  return {
    reserve(event) {
      if (!intake.isAccepting || !memory.hasRoomFor(event) || event.targets.some(isQueueFull)) return false;
      memory.reserve(event);
      return true;
    },
    firstFullQueue: (event) => event.targets.find(isQueueFull),
    lease: () => ({ token, until: clock.now() + leaseMs }),
    commit({ id, events }, lease) {
      for (const event of events) memory.unreserve(event);
      // A new event: none of its deliveries has a document.
      const owed = events.map((event) => ({ event, missing: event.targets.map((_, index) => index) }));
      intake.addEntry({ id, events: owed, isComplete: true }, lease);
    },
    cancel: (event) => memory.unreserve(event),
  };
}
