import { toAbortError } from '../errors.ts';

/** The longest delay of a timer. A longer one would end at once. */
export const maxTimerMs = 2_147_483_647;

/** Limits of a wait. */
export interface WaitLimits {
  /** Maximum duration, in ms. Above the longest delay of a timer, there is no limit. */
  readonly limitMs: number;
  /** The wait ends when it aborts, even if what it waits for does not. */
  readonly signal: AbortSignal;
  /** Called when the limit is reached. It must abort the signal. */
  readonly onLimit: () => void;
}

/** Waits for a promise. Rejects with a `TocsinClientError` as soon as the signal aborts. */
export function withinLimit<T>(wait: Promise<T>, { limitMs, signal, onLimit }: WaitLimits): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => {
      end();
      reject(toAbortError(signal.reason));
    };
    const timer = limitMs > maxTimerMs ? undefined : setTimeout(onLimit, limitMs);
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', fail);
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
    wait.finally(end).then(resolve, reject);
  });
}
