import { Fifo } from '../../../batching/fifo.ts';
import { TocsinError } from '../../../domain/errors.ts';

export interface FairSlotsOptions {
  /** Slots of the process. */
  readonly total: number;
  /** Most slots that one account uses. */
  readonly perAccount: number;
  /** Most callers of one account that wait. */
  readonly maxWaiting: number;
  /** How long a caller waits, ms. */
  readonly waitMs: number;
}

interface Waiter {
  readonly start: () => void;
  isGone: boolean;
}

/** Seconds until a rejected caller should come again. */
const retryAfterSeconds = 5;

/** A limited number of slots, given to accounts in turns: an account with a thousand callers gets no more. */
export class FairSlots {
  readonly #options: FairSlotsOptions;
  /** In the order of turns. */
  readonly #waiting = new Map<string, Fifo<Waiter>>();
  readonly #running = new Map<string, number>();
  #runningCount = 0;
  #waitingCount = 0;

  constructor(options: FairSlotsOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#runningCount;
  }

  get waiting(): number {
    return this.#waitingCount;
  }

  /**
   * Waits for a slot. Resolves to the function that returns it.
   *
   * @throws UNAVAILABLE if too many callers of the account wait, or if the wait takes too long or is aborted.
   */
  async acquire(account: string, signal: AbortSignal): Promise<() => void> {
    const queue = this.#waiting.get(account) ?? new Fifo<Waiter>();
    if (queue.size >= this.#options.maxWaiting) throw busyError();
    if (signal.aborted) throw busyError();
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      };
      const waiter: Waiter = {
        isGone: false,
        start: () => {
          stop();
          resolve();
        },
      };
      const giveUp = () => {
        stop();
        waiter.isGone = true;
        this.#waitingCount--;
        reject(busyError());
      };
      const timer = setTimeout(giveUp, this.#options.waitMs);
      signal.addEventListener('abort', giveUp, { once: true });
      queue.push(waiter);
      this.#waiting.set(account, queue);
      this.#waitingCount++;
      this.#startNext();
    });
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#release(account);
    };
  }

  #release(account: string): void {
    this.#runningCount--;
    const left = (this.#running.get(account) ?? 1) - 1;
    if (left === 0) this.#running.delete(account);
    else this.#running.set(account, left);
    this.#startNext();
  }

  #startNext(): void {
    for (const [account, queue] of this.#waiting) {
      if (this.#runningCount >= this.#options.total) return;
      const running = this.#running.get(account) ?? 0;
      if (running >= this.#options.perAccount) continue;
      this.#waiting.delete(account);
      const next = takeWaiting(queue);
      // The account goes to the end of the round.
      if (queue.size > 0) this.#waiting.set(account, queue);
      if (next === undefined) continue;
      this.#waitingCount--;
      this.#runningCount++;
      this.#running.set(account, running + 1);
      next.start();
    }
  }
}

function takeWaiting(queue: Fifo<Waiter>): Waiter | undefined {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (!next.isGone) return next;
  }
  return undefined;
}

function busyError(): TocsinError {
  return new TocsinError(
    'UNAVAILABLE',
    `too many subscriptions are catching up; resume from the same cursor in ${retryAfterSeconds} s`,
    { retryAfterSeconds },
  );
}
