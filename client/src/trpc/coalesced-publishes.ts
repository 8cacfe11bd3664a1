import { isErrorCode } from '@tocsin/shared';
import type { CallOptions } from '../call-options.ts';
import type { TocsinClientError } from '../errors.ts';
import { isRecord } from '../http/error-response.ts';
import { toJsonText } from '../http/json-text.ts';
import type { CallProcedure } from '../procedures/call.ts';
import type { Coalescer } from '../publish/coalescer.ts';
import type { PublishOutcome } from '../publish/types.ts';
import type { PublishManyResult } from './app-router.ts';

/**
 * Sends the calls of `events.publish` and `events.publishMany` through the coalescer, and all others by
 * themselves. Rejects only with `TocsinClientError`.
 */
export function withCoalescedPublishes(coalescer: Coalescer, call: CallProcedure): CallProcedure {
  const add = (event: unknown, options: CallOptions): Promise<PublishOutcome> => {
    const text = toJsonText(withIdempotencyKey(event), 'the event');
    return text instanceof Error ? Promise.resolve({ ok: false, error: text }) : coalescer.add(text, options);
  };
  return async (path, kind, input, options = {}) => {
    if (path === 'events.publish') {
      const outcome = await add(input, options);
      if (!outcome.ok) throw outcome.error;
      return { id: outcome.id, deliveries: outcome.deliveries };
    }
    const events = path === 'events.publishMany' && isRecord(input) ? input['events'] : undefined;
    // The server rejects an input without events, and says why.
    if (!Array.isArray(events) || events.length === 0) return await call(path, kind, input, options);
    return toResults(await Promise.all(events.map((event: unknown) => add(event, options))));
  };
}

/** Sets the key that makes retries safe. */
function withIdempotencyKey(event: unknown): unknown {
  if (!isRecord(event)) return event;
  return { ...event, idempotencyKey: event['idempotencyKey'] ?? crypto.randomUUID() };
}

/** Throws if no event reached the server, like a call that is not coalesced. */
function toResults(outcomes: readonly PublishOutcome[]): PublishManyResult[] {
  const [first] = outcomes;
  if (first?.ok === false && outcomes.every((outcome) => !outcome.ok && isErrorOfCall(outcome.error))) {
    throw first.error;
  }
  return outcomes.map((outcome) => {
    if (outcome.ok) return outcome;
    const { code, message, retryable, problems } = outcome.error;
    return { ok: false, code, message, retryable, errors: problems };
  });
}

/** Whether an error is that of a whole request, not of one event in it. */
function isErrorOfCall({ code, httpStatus }: TocsinClientError): boolean {
  return httpStatus !== undefined || !(isErrorCode(code) || code === 'UNRECOGNIZED');
}
