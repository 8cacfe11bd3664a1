import { toDeliveryId } from '../../domain/ids.ts';
import type { ClaimedDelivery, ClaimedEntry, Lease } from '../../domain/ports/delivery-queue.ts';
import type { DeliveryCompletion } from './completion.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { Task, TrackedLease } from './task.ts';

export interface IntakeDeps {
  readonly leases: Pick<LeaseKeeper, 'add'>;
  readonly memory: Pick<MemoryBudget, 'enter'>;
  readonly dispatcher: Pick<Dispatcher, 'enqueue'>;
  readonly completion: Pick<DeliveryCompletion, 'finishLease'>;
}

/**
 * Brings deliveries into memory, from eager dispatch or from a claim, and tracks their leases.
 *
 *   stopped --start--> accepting --stop--> stopped
 *
 * While stopped it tracks the lease and starts nothing. A claim or commit under way at shutdown is therefore
 * released with the other leases instead of waiting until it expires.
 */
export class Intake {
  readonly #deps: IntakeDeps;
  #isAccepting = false;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  get isAccepting(): boolean {
    return this.#isAccepting;
  }

  start(): void {
    this.#isAccepting = true;
  }

  stop(): void {
    this.#isAccepting = false;
  }

  /** Adds the deliveries of an outbox entry that have no document yet. */
  addEntry({ id, events, isComplete }: ClaimedEntry, { token, until }: Lease): void {
    const remaining = events.reduce((sum, { missing }) => sum + missing.length, 0);
    const lease: TrackedLease = {
      source: 'outbox',
      id,
      token,
      until,
      remaining,
      isEntryComplete: isComplete,
    };
    this.#deps.leases.add(lease);
    // Another process wrote all results and stopped before it completed the entry.
    if (remaining === 0) return this.#deps.completion.finishLease(lease);
    for (const { event, missing } of events) {
      for (const index of missing) {
        const webhookId = event.targets[index];
        if (webhookId === undefined) continue;
        this.#enqueue({
          lease,
          delivery: {
            deliveryId: toDeliveryId(event.id, index),
            webhookId,
            event,
            attemptCount: 0,
            createdAt: event.acceptedAt,
            source: 'outbox',
            token,
          },
        });
      }
    }
  }

  /** Adds a delivery that has a document: a retry, or a deferred first attempt. */
  addDelivery(delivery: ClaimedDelivery, { token, until }: Lease): void {
    const id = delivery.deliveryId;
    const lease: TrackedLease = {
      source: 'retry',
      id,
      token,
      until,
      remaining: 1,
      isEntryComplete: false,
    };
    this.#deps.leases.add(lease);
    this.#enqueue({ lease, delivery });
  }

  #enqueue(task: Task): void {
    if (!this.#isAccepting) return;
    this.#deps.memory.enter(task.delivery);
    this.#deps.dispatcher.enqueue(task);
  }
}
