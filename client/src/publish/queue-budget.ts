import { abortedError, type TocsinClientError } from '../errors.ts';
import { onAbort } from '../http/on-abort.ts';

interface Waiter {
  readonly hasRoom: () => boolean;
  readonly settle: (error?: TocsinClientError) => void;
}

/**
 * The bytes of all pending events, by app. An app may use all of them. If they are used up, each app may still
 * have its share, the limit divided by the number of apps with pending events, so that one app does not make
 * the events of others fail. All together have at most twice the limit.
 */
export class QueueBudget {
  readonly #limit: number;
  readonly #bytesByApp = new Map<string, number>();
  #bytes = 0;
  #waiters: Waiter[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of apps with pending events. */
  get apps(): number {
    return this.#bytesByApp.size;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  canTake(appId: string, bytes: number): boolean {
    if (this.#bytes + bytes <= this.#limit) return true;
    const held = this.#bytesByApp.get(appId) ?? 0;
    const share = this.#limit / (this.#bytesByApp.size + (held === 0 ? 1 : 0));
    return held + bytes <= share && this.#bytes + bytes <= this.#limit * 2;
  }

  take(appId: string, bytes: number): void {
    this.#bytes += bytes;
    this.#bytesByApp.set(appId, (this.#bytesByApp.get(appId) ?? 0) + bytes);
  }

  release(appId: string, bytes: number): void {
    this.#bytes -= bytes;
    const left = (this.#bytesByApp.get(appId) ?? 0) - bytes;
    if (left > 0) this.#bytesByApp.set(appId, left);
    else this.#bytesByApp.delete(appId);
    if (this.#waiters.length > 0) this.#wake();
  }

  /** Resolves as soon as half of the limit is free. Rejects if the signal aborts. */
  async half(signal: AbortSignal | undefined): Promise<void> {
    await this.#wait(() => this.#bytes <= this.#limit / 2, signal);
  }

  /** Resolves as soon as an event can be taken, or nothing is pending. */
  async room(appId: string, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    await this.#wait(() => this.#bytes === 0 || this.canTake(appId, bytes), signal);
  }

  async #wait(hasRoom: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) throw abortedError(signal.reason);
    if (hasRoom()) return;
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        waiter.settle(abortedError(signal?.reason));
      };
      const waiter: Waiter = {
        hasRoom,
        settle: (error) => {
          release?.();
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const release = signal === undefined ? undefined : onAbort(signal, abort);
      this.#waiters.push(waiter);
    });
  }

  #wake(): void {
    const ready = this.#waiters.filter(({ hasRoom }) => hasRoom());
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const { settle } of ready) settle();
  }
}
