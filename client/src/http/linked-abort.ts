import { asAbortError } from '../errors.ts';

/** An AbortController that also follows other signals, until it is released. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
  /** Stops following; without it, a long-lived signal would keep every call made under it. */
  readonly release: () => void;
}

/** `AbortSignal.any` with a release; the reason is always an error of ours. */
export function linkedAbort(...sources: readonly (AbortSignal | undefined)[]): LinkedAbort {
  const controller = new AbortController();
  const releases: (() => void)[] = [];
  for (const source of sources) {
    if (source === undefined) continue;
    const follow = () => controller.abort(asAbortError(source.reason));
    if (source.aborted) follow();
    source.addEventListener('abort', follow, { once: true });
    releases.push(() => source.removeEventListener('abort', follow));
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      for (const release of releases) release();
    },
  };
}
