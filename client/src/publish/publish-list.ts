import type { TocsinClientError } from '../errors.ts';
import type { PublishOutcome } from './types.ts';

/** An event as JSON text. */
export interface EventText {
  readonly text: string;
  readonly appId: string;
}

/** Returns the event at an index of a list, or the error of one that cannot be sent. */
export type ReadEvent = (index: number) => EventText | TocsinClientError;

export interface PublishListDeps {
  /** The most events of the list that may be pending. */
  readonly maxPending: number;
  /** Time limit of an event, in ms. */
  readonly timeoutMs: number;
  readonly hasRoom: (event: EventText) => boolean;
  /** Resolves when the event may have room. Rejects if the signal of the call aborts. */
  readonly room: (event: EventText) => Promise<void>;
  /** Publishes an event. Never rejects. */
  readonly add: (event: EventText) => Promise<PublishOutcome>;
}

/**
 * Publishes the events of a list. Reads them one by one, and only as far as there is room (backpressure), so a
 * long list neither fills the queue nor delays other callers.
 */
export class PublishList {
  readonly #deps: PublishListDeps;
  readonly #outcomes: PublishOutcome[] = [];
  #pending = 0;
  #answeredAt = Date.now();
  #failure: TocsinClientError | undefined;
  #wake = () => {};

  constructor(deps: PublishListDeps) {
    this.#deps = deps;
  }

  /** Returns one outcome for each event, in the same order. Never rejects. */
  async publish(count: number, read: ReadEvent): Promise<PublishOutcome[]> {
    const { maxPending, hasRoom, room, add } = this.#deps;
    for (let index = 0; index < count; index++) {
      while (this.#pending >= maxPending) await this.#nextOutcome();
      const event = this.#failure ?? read(index);
      if (event instanceof Error) {
        this.#outcomes[index] = { ok: false, error: event };
        continue;
      }
      // If the signal aborts, the outcome of the event says so.
      while (!hasRoom(event) && (await resolves(room(event))));
      this.#pending++;
      void add(event).then((outcome) => this.#settle(index, outcome));
    }
    while (this.#pending > 0) await this.#nextOutcome();
    return this.#outcomes;
  }

  #nextOutcome(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #settle(index: number, outcome: PublishOutcome): void {
    this.#outcomes[index] = outcome;
    this.#pending--;
    if (outcome.ok || !outcome.error.retryable) this.#answeredAt = Date.now();
    // The server has taken none for so long that the rest does not wait for as long again.
    else if (Date.now() - this.#answeredAt >= this.#deps.timeoutMs / 2) this.#failure = outcome.error;
    this.#wake();
  }
}

async function resolves(promise: Promise<void>): Promise<boolean> {
  return await promise.then(
    () => true,
    () => false,
  );
}
