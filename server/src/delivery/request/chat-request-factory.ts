import { getUrlCredentials } from '@tocsin/shared';
import type { Webhook } from '../../domain/webhook.ts';
import type { DestinationName } from '../destinations/destination.ts';
import { destinations } from '../destinations/registry.ts';
import { createReplyRedactor, redactResult } from './redact-reply.ts';
import type { ServiceLimits } from './limits.ts';
import type { RequestFactory } from './request-factory.ts';

export interface ChatRequestOptions {
  readonly destinationLimits: ServiceLimits;
  readonly publicHost: string | undefined;
}

/** Creates messages for a chat service, which receives neither the secret nor a signature. */
export function createChatRequestFactory(
  webhook: Webhook,
  webhookUrl: URL,
  format: DestinationName,
  { destinationLimits, publicHost }: ChatRequestOptions,
): RequestFactory {
  const destination = destinations[format];
  const url = destination.requestUrl(webhookUrl);
  const headers = destination.headers(publicHost);
  const { limiter, service, apply } = destinationLimits.getWebhookLimits(destination, url, webhook.accountId);
  const redactReply = createReplyRedactor(getUrlCredentials(url.href));
  return {
    format,
    // One request at a time, so that the rate limit headers of a response are known before the next request.
    limits: { perSecond: webhook.rateLimit, maxInFlight: 1, limiter, service },
    createRequest: (event, _attemptAt, deadlineMs) => ({
      accountId: event.accountId,
      origin: url.origin,
      path: url.pathname + url.search,
      headers,
      body: destination.body(event),
      deadlineMs,
    }),
    applyLimits: apply,
    redact: (result) => redactResult(result, redactReply),
  };
}
