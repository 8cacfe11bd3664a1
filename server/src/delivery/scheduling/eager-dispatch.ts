import type { EagerDispatch } from '../../domain/ports/eager-dispatch.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { Dispatcher } from './dispatcher.ts';
import { leaseMs } from './lease-keeper.ts';
import type { Intake } from './intake.ts';
import type { MemoryBudget } from './memory-budget.ts';

export interface EagerDispatchDeps {
  readonly intake: Intake;
  readonly memory: MemoryBudget;
  readonly dispatcher: Pick<Dispatcher, 'isOverflowing'>;
  readonly clock: Clock;
  /** Begins every lease token. */
  readonly owner: string;
}

/**
 * The happy path: what this process accepts it sends itself, without a claim.
 *
 *   asked    --there is room--> reserved
 *   asked    --there is none, or the process does not send--> left to whoever claims it
 *   reserved --commit--> taken in, under the lease with which it was stored; what is for a paused webhook is set aside at
 *                           once, in one write with others, where a claim would take five and end in the same
 *   reserved --cancel--> left to whoever claims it, if it was stored at all
 */
export function createEagerDispatch({
  intake,
  memory,
  dispatcher,
  clock,
  owner,
}: EagerDispatchDeps): EagerDispatch {
  // Claims count from 1.
  const token = `${owner}.0`;
  const isOverflowing = (webhookId: string): boolean => dispatcher.isOverflowing(webhookId);

  return {
    reserve(event) {
      if (!intake.isOpen || !memory.hasRoomFor(event) || event.targets.some(isOverflowing)) return false;
      memory.reserve(event);
      return true;
    },
    firstFullQueue: (event) => event.targets.find(isOverflowing),
    lease: () => ({ token, until: clock.now() + leaseMs }),
    commit({ id, events }, lease) {
      for (const event of events) memory.unreserve(event);
      // No target has a document yet.
      const owed = events.map((event) => ({ event, missing: event.targets.map((_, index) => index) }));
      // Accepted while the process began to stop: its lease is given back at once with the others.
      intake.takeBatch({ id, events: owed, isComplete: true }, lease);
    },
    cancel: (event) => memory.unreserve(event),
  };
}
