import { attempt } from '../http/attempt.ts';
import { errorFromItem, isRecord } from '../http/error-response.ts';
import type { ClientConfig } from '../options.ts';
import { TocsinClientError } from '../errors.ts';
import type { PublishOutcome } from './types.ts';

/** Sends events to a server. */
export interface PublishTransport {
  /** Sends events, each given as JSON text. Returns one outcome for each event, in the same order. */
  publishMany(
    events: readonly string[],
    options: {
      readonly signal: AbortSignal;
      /** When the last of the events expires, in ms since 1970. */
      readonly expiresAt: number;
      /** Whether the server stores the events of each app in this order. @default false */
      readonly isOrdered?: boolean;
    },
  ): Promise<PublishOutcome[]>;
}

/** Creates a transport over `events.publishMany`. */
export function createPublishTransport(config: ClientConfig): PublishTransport {
  return {
    async publishMany(events, { signal, expiresAt, isOrdered = false }) {
      const input = `{"events":[${events.join(',')}]${isOrdered ? ',"ordered":true' : ''}}`;
      const path = 'events.publishMany';
      // Each event has the context of its own trace.
      const request = { path, method: 'POST', input, traceparent: undefined, signal, expiresAt } as const;
      const { data, requestId } = await attempt(config, request);
      if (!Array.isArray(data) || data.length !== events.length) throw badResponse(requestId);
      return data.map((item: unknown) => toOutcome(item, requestId));
    },
  };
}

function toOutcome(item: unknown, requestId: string | undefined): PublishOutcome {
  if (!isRecord(item)) throw badResponse(requestId);
  const { id, deliveries, code, message, retryable, retryAfterSeconds, errors } = item;
  if (typeof id === 'string' && typeof deliveries === 'number') return { ok: true, id, deliveries };
  if (typeof code !== 'string' || typeof message !== 'string') throw badResponse(requestId);
  const retryAfterMs = typeof retryAfterSeconds === 'number' ? retryAfterSeconds * 1000 : undefined;
  const details = { code, message, retryable: retryable === true, retryAfterMs, errors };
  return { ok: false, error: errorFromItem(details, requestId) };
}

function badResponse(requestId: string | undefined): TocsinClientError {
  const message = 'the response does not have one result for each event';
  return new TocsinClientError('BAD_RESPONSE', message, { retryable: false, requestId });
}
