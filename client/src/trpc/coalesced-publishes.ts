import { isErrorCode } from '@tocsin/shared';
import type { TocsinClientError } from '../errors.ts';
import { isRecord } from '../http/error-response.ts';
import { toJsonText } from '../http/json-text.ts';
import type { ClientConfig } from '../options.ts';
import { withIdempotencyKey, type CallProcedure } from '../procedures/call.ts';
import type { Coalescer } from '../publish/coalescer.ts';
import type { EventText } from '../publish/publish-list.ts';
import type { PublishOutcome } from '../publish/types.ts';
import type { PublishManyResult } from './app-router.ts';

/**
 * Sends the calls of `events.publish` and `events.publishMany` through the coalescer, and all others by
 * themselves. Rejects only with `TocsinClientError`.
 */
export function withCoalescedPublishes(
  coalescer: Coalescer,
  config: ClientConfig,
  call: CallProcedure,
): CallProcedure {
  return async (path, kind, input, options = {}) => {
    if (path === 'events.publish') {
      const event = readEvent(config, input);
      if (event instanceof Error) throw event;
      const outcome = await coalescer.add(event.text, { ...options, appId: event.appId });
      if (!outcome.ok) throw outcome.error;
      return { id: outcome.id, deliveries: outcome.deliveries };
    }
    const given = path === 'events.publishMany' && isRecord(input) ? input['events'] : undefined;
    // The server rejects an input without events, and says why.
    if (!Array.isArray(given) || given.length === 0) return await call(path, kind, input, options);
    const events: readonly unknown[] = given.slice();
    if (isRecord(input) && input['ordered'] === true) {
      // Divided among requests, the events would lose their order.
      const sent = events.map((event) => withIdempotencyKey(withTrace(config, event)));
      return await call(path, kind, { events: sent, ordered: true }, options);
    }
    return toResults(
      await coalescer.addList(events.length, (index) => readEvent(config, events[index]), options),
    );
  };
}

/** Converts an event to JSON, with the key that makes retries safe and with its trace. */
function readEvent(config: ClientConfig, event: unknown): EventText | TocsinClientError {
  const text = toJsonText(withIdempotencyKey(withTrace(config, event)), 'the event');
  if (text instanceof Error) return text;
  const appId = isRecord(event) ? event['appId'] : undefined;
  return { text, appId: typeof appId === 'string' ? appId : '' };
}

function withTrace(config: ClientConfig, event: unknown): unknown {
  if (!isRecord(event)) return event;
  const traceparent = event['traceparent'] ?? config.traceparent();
  return traceparent === undefined ? event : { ...event, traceparent };
}

/** Throws if no event reached the server, like a call that is not coalesced. */
function toResults(outcomes: readonly PublishOutcome[]): PublishManyResult[] {
  const [first] = outcomes;
  if (first?.ok === false && outcomes.every((outcome) => !outcome.ok && isErrorOfCall(outcome.error))) {
    throw first.error;
  }
  return outcomes.map((outcome) => {
    if (outcome.ok) return outcome;
    const { code, message, retryable, retryAfterMs, problems } = outcome.error;
    const failure = { ok: false, code, message, retryable, errors: problems } as const;
    return retryAfterMs === undefined ? failure : { ...failure, retryAfterSeconds: retryAfterMs / 1000 };
  });
}

/** Whether an error is that of a whole request, not of one event in it. */
function isErrorOfCall({ code, httpStatus }: TocsinClientError): boolean {
  return httpStatus !== undefined || !(isErrorCode(code) || code === 'UNRECOGNIZED');
}
