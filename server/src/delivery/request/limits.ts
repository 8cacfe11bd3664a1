import type { SendResult } from '../../domain/send-result.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { Destination } from '../destinations/destination.ts';

/** The limits that the endpoint queue of a webhook enforces. */
export interface Limits {
  /** Most requests per second; null for no rate limit. */
  readonly perSecond: number | null;
  /** Most requests in flight; null for the engine's own limit. */
  readonly maxInFlight: number | null;
  /** Shared by all webhooks of the same chat destination; undefined for other receivers. */
  readonly limiter: DestinationLimiter | undefined;
  /** Of a chat service: shared by all its webhooks. @default none */
  readonly service?: ServiceLimiter | undefined;
}

/** What a chat service allows our address, and what we allow an account there, for the requests of one webhook. */
export interface ServiceLimiter {
  /** End of the current pause, epoch ms. Negative infinity if there was none. */
  readonly pausedUntil: number;
  /**
   * Returns when the next request may start, epoch ms: `now` or earlier if it may start at once. After a pause of
   * the address, reserves that time, until `start` or the next pause.
   */
  reserveStart(now: number): number;
  /** Uses the reservation. */
  start(): void;
}

/**
 * Allows one request at a time to a chat destination, and none before `notBefore`. Chat services count
 * requests by URL, which several webhooks may share.
 */
export interface DestinationLimiter {
  isBusy: boolean;
  /** Epoch ms. */
  notBefore: number;
}

/**
 * The limits of a webhook, even if its secret cannot be decrypted. The attempt then fails with that error,
 * which is recorded.
 */
export function getLimits(
  webhook: Webhook,
  getRequestFactory: (webhook: Webhook) => { readonly limits: Limits },
): Limits {
  try {
    return getRequestFactory(webhook).limits;
  } catch {
    return { perSecond: webhook.rateLimit, maxInFlight: null, limiter: undefined };
  }
}

/** The limits that apply to one webhook of a chat service. */
export interface WebhookLimits {
  readonly limiter: DestinationLimiter;
  readonly service: ServiceLimiter;
  /** See `RequestFactory.applyLimits`. */
  apply(result: SendResult, now: number): boolean;
}

/** The limits of all chat services. */
export interface ServiceLimits {
  /** Returns the limits of a webhook of an account. `url` is the URL that is requested. */
  getWebhookLimits(destination: Destination, url: URL, accountId: string): WebhookLimits;
}
