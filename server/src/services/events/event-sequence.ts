import type { TocsinError } from '../../domain/errors.ts';
import { notStoredError } from './publish-deadline.ts';

/**
 * The events of one app in an ordered call, in their order. Each is stored only after the ones before it are
 * stored, or rejected for themselves. After an event that may be accepted later, no further one is stored.
 *
 * An event passes its turn on as soon as it is in the queue, so that the events of a call share inserts. Those of
 * one insert are stored in its order, and no second insert starts with events of a sequence before the first ends.
 */
export class EventSequence {
  #size = 0;
  /** The position whose turn it is. */
  #turn = 0;
  readonly #passed = new Set<number>();
  readonly #starts = new Map<number, () => void>();
  #failedAt = Number.POSITIVE_INFINITY;
  #fault: TocsinError | undefined;
  #inFlight = 0;

  /** Returns the place of the next event. */
  addPlace(): SequencePlace {
    return new SequencePlace(this, this.#size++);
  }

  /** Whether events of the sequence are in an insert that has not ended. */
  get isInFlight(): boolean {
    return this.#inFlight > 0;
  }

  /** Records that an insert of one event began (1) or ended (-1). */
  countInFlight(change: 1 | -1): void {
    this.#inFlight += change;
  }

  findTurn(position: number): Promise<void> | undefined {
    if (position <= this.#turn) return undefined;
    return new Promise((resolve) => this.#starts.set(position, resolve));
  }

  pass(position: number): void {
    if (position < this.#turn) return;
    this.#passed.add(position);
    while (this.#passed.delete(this.#turn)) this.#turn++;
    this.#starts.get(this.#turn)?.();
    this.#starts.delete(this.#turn);
  }

  fail(position: number, error: TocsinError): void {
    // An app that the caller may not publish to fails each of its events.
    if (!error.retryable && error.code !== 'FORBIDDEN') return;
    if (position >= this.#failedAt) return;
    this.#failedAt = position;
    this.#fault = error.retryable ? notStoredError(outOfTurnReason, error) : error;
  }

  findFault(position: number): TocsinError | undefined {
    return position > this.#failedAt ? this.#fault : undefined;
  }
}

const outOfTurnReason = 'an earlier event of its app in this call was not confirmed';

/** The place of an event in its sequence. */
export class SequencePlace {
  readonly sequence: EventSequence;
  readonly #position: number;

  constructor(sequence: EventSequence, position: number) {
    this.sequence = sequence;
    this.#position = position;
  }

  /** Resolves once the event may enter the queue. Undefined if it may now. */
  findTurn(): Promise<void> | undefined {
    return this.sequence.findTurn(this.#position);
  }

  /** Lets the next event enter the queue. Repeating it changes nothing. */
  pass(): void {
    this.sequence.pass(this.#position);
  }

  /** Records that the event is not stored, or not for certain. */
  fail(error: TocsinError): void {
    this.sequence.fail(this.#position, error);
  }

  /** Returns the error of the event if an earlier one failed. */
  findFault(): TocsinError | undefined {
    return this.sequence.findFault(this.#position);
  }
}
