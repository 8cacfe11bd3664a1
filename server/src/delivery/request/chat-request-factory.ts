import { getUrlCredentials } from '@tocsin/shared';
import type { LRUCache } from 'lru-cache';
import type { Webhook } from '../../domain/webhook.ts';
import type { DestinationName } from '../destinations/destination.ts';
import { destinations } from '../destinations/registry.ts';
import type { DestinationLimiter } from './limits.ts';
import { createReplyRedactor, redactResult } from './redact-reply.ts';
import type { RequestFactory } from './request-factory.ts';

export interface ChatRequestOptions {
  /** The limiters of all chat destinations, by host and path. */
  readonly limiters: LRUCache<string, DestinationLimiter>;
  readonly publicHost: string | undefined;
}

/** Creates messages for a chat service, which receives neither the secret nor a signature. */
export function createChatRequestFactory(
  webhook: Webhook,
  webhookUrl: URL,
  format: DestinationName,
  { limiters, publicHost }: ChatRequestOptions,
): RequestFactory {
  const destination = destinations[format];
  const url = destination.requestUrl(webhookUrl);
  const headers = destination.headers(publicHost);
  const redactReply = createReplyRedactor(getUrlCredentials(url.href));
  return {
    format,
    // One request at a time, so that the rate limit headers of a response are known before the next request.
    limits: { perSecond: webhook.rateLimit, maxInFlight: 1, limiter: getLimiter(url, limiters) },
    createRequest: (event, _attemptAt, deadlineMs) => ({
      accountId: event.accountId,
      origin: url.origin,
      path: url.pathname + url.search,
      headers,
      body: destination.body(event),
      deadlineMs,
    }),
    redact: (result) => redactResult(result, redactReply),
  };
}

/** By host and path, which contain the token. The threads of a channel share the limit of its URL. */
function getLimiter(url: URL, limiters: LRUCache<string, DestinationLimiter>): DestinationLimiter {
  const key = url.host + url.pathname;
  const limiter = limiters.get(key) ?? { isBusy: false, notBefore: 0 };
  limiters.set(key, limiter);
  return limiter;
}
