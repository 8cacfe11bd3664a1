import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { PingEndpoint, Sender } from '../../domain/ports/sending.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { RequestFactory } from '../request/request-factory.ts';
import { toRecorded } from '../request/sent-request.ts';
import { classifyResponse } from './classify-response.ts';

export interface PingDeps {
  readonly sender: Sender;
  readonly getRequestFactory: (webhook: Webhook) => RequestFactory;
  readonly clock: Clock;
  readonly log: Log;
  readonly deliveryTimeoutMs: number;
}

/**
 * Makes one attempt for a caller who waits for its result: without endpoint queue, retry or stored delivery.
 * The caller has taken a turn of the endpoint.
 */
export function createPing({
  sender,
  getRequestFactory,
  clock,
  log,
  deliveryTimeoutMs,
}: PingDeps): PingEndpoint {
  return async function ping(webhook, event) {
    const at = clock.now();
    let factory: RequestFactory;
    try {
      factory = getRequestFactory(webhook);
    } catch (error) {
      // A credential of the webhook does not decrypt. A delivery fails in the same way.
      log.error({ err: error, webhookId: webhook.id }, 'test ping failed inside the engine');
      return { at, durationMs: 0, statusCode: null, reason: 'internal_error', reply: '' };
    }
    const request = factory.createRequest(event, at, deliveryTimeoutMs);
    const sent = await sender.send(request);
    const endedAt = clock.now();
    const outcome = classifyResponse(factory.format, sent, endedAt);
    factory.applyLimits?.(sent, endedAt);
    const result = factory.redact(sent, at);
    return {
      at,
      durationMs: sent.durationMs,
      statusCode: sent.statusCode ?? null,
      reason: outcome.kind === 'success' ? null : outcome.reason,
      reply: result.kind === 'answered' ? result.reply : '',
      ...(outcome.kind !== 'success' && toRecorded(request, result)),
    };
  };
}
