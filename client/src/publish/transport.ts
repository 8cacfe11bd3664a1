import { attempt } from '../http/attempt.ts';
import { errorFromItem, isRecord } from '../http/error-response.ts';
import type { ClientConfig } from '../options.ts';
import { TocsinClientError } from '../errors.ts';
import type { PublishOutcome } from './types.ts';

/** The one thing that the publish path needs of a server. */
export interface PublishTransport {
  /** Sends events, each given as JSON text; answers one outcome for each, in their order. */
  publishMany(
    events: readonly string[],
    options: { readonly signal: AbortSignal; readonly traceparent: string | undefined },
  ): Promise<PublishOutcome[]>;
}

export function createPublishTransport(config: ClientConfig): PublishTransport {
  return {
    async publishMany(events, { signal, traceparent }) {
      const input = `{"events":[${events.join(',')}]}`;
      const path = 'events.publishMany';
      const { data, requestId } = await attempt(config, { path, method: 'POST', input, traceparent, signal });
      if (!Array.isArray(data) || data.length !== events.length) throw badAnswer(requestId);
      return data.map((item: unknown) => outcomeOf(item, requestId));
    },
  };
}

function outcomeOf(item: unknown, requestId: string | undefined): PublishOutcome {
  if (!isRecord(item)) throw badAnswer(requestId);
  const { id, deliveries, code, message, retryable } = item;
  if (typeof id === 'string' && typeof deliveries === 'number') return { ok: true, id, deliveries };
  if (typeof code !== 'string' || typeof message !== 'string') throw badAnswer(requestId);
  return { ok: false, error: errorFromItem({ code, message, retryable: retryable === true }, requestId) };
}

function badAnswer(requestId: string | undefined): TocsinClientError {
  const message = 'the answer is not one result for each event';
  return new TocsinClientError('BAD_RESPONSE', message, { retryable: false, requestId });
}
