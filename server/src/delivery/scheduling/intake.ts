import { deliveryIdOf } from '../../domain/ids.ts';
import type { ClaimedBatch, ClaimedDelivery } from '../../domain/ports/delivery-queue.ts';
import type { Lease } from '../../domain/ports/eager-dispatch.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Holds } from './lease-keeper.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { Settlement } from './completion.ts';
import type { Hold, Task } from './task.ts';

export interface IntakeParts {
  readonly holds: Holds;
  readonly memory: MemoryBudget;
  readonly dispatcher: Pick<Dispatcher, 'enqueue'>;
  readonly settlement: Pick<Settlement, 'close'>;
}

/**
 * How deliveries come into memory, handed over or claimed: each under the hold that answers for its lease.
 *
 *   closed --open--> open --close--> closed
 *
 * What comes while it is closed is held and not begun. So a claim or a commit that was under way when the process began to
 * stop is given back with all the others, instead of waiting for the end of its lease.
 */
export class Intake {
  readonly #parts: IntakeParts;
  #isOpen = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
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

  takeBatch({ id, events, isWhole }: ClaimedBatch, { token, until }: Lease): void {
    const open = events.reduce((sum, { missing }) => sum + missing.length, 0);
    const hold: Hold = { kind: 'batch', id, token, until, open, isClosedAtEnd: isWhole };
    this.#parts.holds.add(hold);
    // All was recorded, by a process that did not come to close it.
    if (open === 0) return this.#parts.settlement.close(hold);
    for (const { event, missing } of events) {
      for (const index of missing) {
        const webhookId = event.targets[index];
        if (webhookId === undefined) continue;
        this.#enqueue({
          hold,
          delivery: {
            deliveryId: deliveryIdOf(event.id, index),
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
    const hold: Hold = { kind: 'delivery', id, token, until, open: 1, isClosedAtEnd: false };
    this.#parts.holds.add(hold);
    this.#enqueue({ hold, delivery });
  }

  #enqueue(task: Task): void {
    if (!this.#isOpen) return;
    this.#parts.memory.entered(task.delivery.event);
    this.#parts.dispatcher.enqueue(task);
  }
}
