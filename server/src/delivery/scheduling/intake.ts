import { toDeliveryId } from '../../domain/ids.ts';
import type { ClaimedBatch, ClaimedDelivery } from '../../domain/ports/delivery-queue.ts';
import type { Lease } from '../../domain/ports/eager-dispatch.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { DeliveryCompletion } from './completion.ts';
import type { HeldLease, Task } from './task.ts';

export interface IntakeDeps {
  readonly leases: LeaseKeeper;
  readonly memory: MemoryBudget;
  readonly dispatcher: Pick<Dispatcher, 'enqueue'>;
  readonly completion: Pick<DeliveryCompletion, 'close'>;
}

/**
 * How deliveries come into memory, handed over or claimed: each under the lease that answers for its lease.
 *
 *   closed --open--> open --close--> closed
 *
 * What comes while it is closed is held and not begun. So a claim or a commit that was under way when the process began to
 * stop is given back with all the others, instead of waiting for the end of its lease.
 */
export class Intake {
  readonly #deps: IntakeDeps;
  #isOpen = false;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
  }

  close(): void {
    this.#isOpen = false;
  }

  takeBatch({ id, events, isComplete }: ClaimedBatch, { token, until }: Lease): void {
    const open = events.reduce((sum, { missing }) => sum + missing.length, 0);
    const lease: HeldLease = { kind: 'batch', id, token, until, open, isClosedAtEnd: isComplete };
    this.#deps.leases.add(lease);
    // All was recorded, by a process that did not come to close it.
    if (open === 0) return this.#deps.completion.close(lease);
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
            held: 'batch',
            token,
          },
        });
      }
    }
  }

  takeDelivery(delivery: ClaimedDelivery, { token, until }: Lease): void {
    const id = delivery.deliveryId;
    const lease: HeldLease = { kind: 'delivery', id, token, until, open: 1, isClosedAtEnd: false };
    this.#deps.leases.add(lease);
    this.#enqueue({ lease, delivery });
  }

  #enqueue(task: Task): void {
    if (!this.#isOpen) return;
    this.#deps.memory.entered(task.delivery.event);
    this.#deps.dispatcher.enqueue(task);
  }
}
