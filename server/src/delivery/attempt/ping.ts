import type { Clock } from '../../domain/ports/runtime.ts';
import type { PingEndpoint, Sender } from '../../domain/ports/sending.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { judge } from './classify-response.ts';
import type { PreparedWebhook } from '../request/request-factory.ts';

export interface PingParts {
  readonly sender: Sender;
  readonly prepare: (webhook: Webhook) => PreparedWebhook;
  readonly clock: Clock;
  readonly deliveryTimeoutMs: number;
}

/** One attempt like any other, but asked for by a person who waits for its result: no lane, no queue, no retry. */
export function createPing({ sender, prepare, clock, deliveryTimeoutMs }: PingParts): PingEndpoint {
  return async function ping(webhook, event) {
    const at = clock.now();
    const prepared = prepare(webhook);
    const result = await sender.send(prepared.request(event, at, deliveryTimeoutMs));
    const verdict = judge(prepared.format, result, clock.now());
    const kept = prepared.masked(result, at);
    return {
      at,
      durationMs: result.durationMs,
      statusCode: result.kind === 'answered' ? result.statusCode : null,
      reason: verdict.kind === 'success' ? null : verdict.reason,
      reply: kept.kind === 'answered' ? kept.reply : '',
    };
  };
}
