import type { Actor } from '../../domain/access.ts';
import { TocsinError } from '../../domain/errors.ts';

/** Throws UNAVAILABLE if the caller has stopped waiting. Called before work begins, so that none is wasted. */
export function requireTime({ deadline }: Actor): void {
  if (deadline !== undefined && performance.now() >= deadline) throw expiredError();
}

/** The error of a call that waited for its turn until its caller stopped waiting. */
export function expiredError(): TocsinError {
  const message = 'the call was not executed: its time limit (tocsin-timeout-ms) passed while it waited';
  return new TocsinError('UNAVAILABLE', message);
}
