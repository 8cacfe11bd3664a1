import { isTocsinError, type TocsinError } from '../../domain/errors.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { SequencePlace } from './event-sequence.ts';

/** The stored event, which is an earlier one if the idempotency key was taken, or why it is not stored. */
export type AcceptOutcome = AcceptedEvent | TocsinError;

export interface WaitingEventOptions {
  readonly event: AcceptedEvent;
  /** When the publisher must have its response, in the time of `performance.now()`. */
  readonly deadline: number;
  readonly queuedAt: number;
  /** Its place in an ordered call. */
  readonly place?: SequencePlace | undefined;
  readonly resolve: (stored: AcceptedEvent) => void;
  readonly reject: (error: TocsinError) => void;
}

/** An event whose publisher waits for the response. */
export class WaitingEvent {
  readonly event: AcceptedEvent;
  /** Size of the data in UTF-8. */
  readonly bytes: number;
  readonly deadline: number;
  readonly queuedAt: number;
  readonly place: SequencePlace | undefined;
  readonly #options: WaitingEventOptions;
  #outcome: AcceptOutcome | undefined;
  #isAnswered = false;

  constructor(options: WaitingEventOptions) {
    this.event = options.event;
    this.bytes = Buffer.byteLength(options.event.dataText);
    this.deadline = options.deadline;
    this.queuedAt = options.queuedAt;
    this.place = options.place;
    this.#options = options;
  }

  /** Whether the publisher has its response. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** Undefined while the event is being stored. The publisher may have got another response before. */
  get outcome(): AcceptOutcome | undefined {
    return this.#outcome;
  }

  /** Sets the outcome, and answers the publisher unless its deadline has passed. */
  finish(outcome: AcceptOutcome): void {
    this.#outcome = outcome;
    this.answer(outcome);
  }

  /** Answers the publisher, unless it has its response. */
  answer(response: AcceptOutcome): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    if (!isTocsinError(response)) return this.#options.resolve(response);
    this.place?.fail(response);
    this.#options.reject(response);
  }
}
