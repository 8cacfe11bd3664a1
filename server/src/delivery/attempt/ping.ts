import type { Clock } from '../../domain/ports/runtime.ts';
import type { PingEndpoint, Sender } from '../../domain/ports/sending.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { classifyResponse } from './classify-response.ts';
import type { RequestFactory } from '../request/request-factory.ts';

export interface PingDeps {
  readonly sender: Sender;
  readonly prepare: (webhook: Webhook) => RequestFactory;
  readonly clock: Clock;
  readonly deliveryTimeoutMs: number;
}

/** One attempt like any other, but asked for by a person who waits for its result: no endpoint queue, no queue, no retry. */
export function createPing({ sender, prepare, clock, deliveryTimeoutMs }: PingDeps): PingEndpoint {
  return async function ping(webhook, event) {
    const at = clock.now();
    const prepared = prepare(webhook);
    const result = await sender.send(prepared.createRequest(event, at, deliveryTimeoutMs));
    const outcome = classifyResponse(prepared.format, result, clock.now());
    const kept = prepared.redact(result, at);
    return {
      at,
      durationMs: result.durationMs,
      statusCode: result.kind === 'answered' ? result.statusCode : null,
      reason: outcome.kind === 'success' ? null : outcome.reason,
      reply: kept.kind === 'answered' ? kept.reply : '',
    };
  };
}
