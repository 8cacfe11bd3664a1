import type { DestinationLimit } from '../../../../src/domain/ports/destination-limits.ts';
import type { ConfigChange, WorkNotice } from '../../../../src/domain/ports/notifications.ts';

export type BusNotice =
  | { readonly kind: 'work'; readonly notice: WorkNotice }
  | { readonly kind: 'changed'; readonly change: ConfigChange }
  | { readonly kind: 'owners' }
  | { readonly kind: 'limits'; readonly limits: readonly DestinationLimit[] };

type Receive = (notice: BusNotice) => void;

/**
 * Passes notices to everyone who listens when they are published, in their order, and after the publishing call. Uses
 * microtasks, so that it also works while a test replaces the timers.
 */
export class NotificationBus {
  readonly #receivers = new Set<Receive>();

  /** Returns the function that stops to listen. */
  listen(receive: Receive): () => void {
    this.#receivers.add(receive);
    return () => void this.#receivers.delete(receive);
  }

  publish(notice: BusNotice): void {
    const sent = structuredClone(notice);
    for (const receive of this.#receivers) {
      queueMicrotask(() => {
        if (this.#receivers.has(receive)) receive(sent);
      });
    }
  }
}
