import { toAbortError } from '../errors.ts';
import { onAbort } from './on-abort.ts';

/** An AbortController that also aborts when one of several signals does, until it is released. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
  /** Removes the listeners. Without it, a long-lived signal would keep every call in memory. */
  readonly release: () => void;
}

/** Like `AbortSignal.any`, but can be released, and its reason is always a `TocsinClientError`. */
export function linkedAbort(...sources: readonly (AbortSignal | undefined)[]): LinkedAbort {
  const controller = new AbortController();
  const releases: (() => void)[] = [];
  for (const source of sources) {
    if (source === undefined) continue;
    const follow = () => controller.abort(toAbortError(source.reason));
    if (source.aborted) follow();
    else releases.push(onAbort(source, follow));
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      for (const release of releases) release();
    },
  };
}
