import { LRUCache } from 'lru-cache';
import type { SecretBox } from '../../domain/ports/secret-box.ts';
import { openUrl } from '../../domain/webhook-endpoint.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { resolveFormat } from '../destinations/registry.ts';
import { createChatRequestFactory } from './chat-request-factory.ts';
import type { DestinationLimiter } from './limits.ts';
import type { RequestFactory } from './request-factory.ts';
import { createSignedRequestFactory } from './signed-request-factory.ts';

/** More chat destinations than one server has; the least recently used is dropped. */
const maxLimiters = 10_000;

/**
 * Returns a function that returns the request factory of a webhook. A factory is cached as long as the
 * webhook object, and a changed webhook is a new object.
 *
 * @param publicHost the host that identifies this server to chat services, if one is configured
 */
export function createRequestFactories(
  secretBox: Pick<SecretBox, 'decrypt'>,
  publicHost?: string,
): (webhook: Webhook) => RequestFactory {
  const cache = new WeakMap<Webhook, RequestFactory>();
  const limiters = new LRUCache<string, DestinationLimiter>({ max: maxLimiters });

  function createRequestFactory(webhook: Webhook): RequestFactory {
    const url = new URL(openUrl(secretBox, webhook));
    const format = resolveFormat(webhook.format, url);
    return format === 'json'
      ? createSignedRequestFactory(webhook, url, secretBox)
      : createChatRequestFactory(webhook, url, format, { limiters, publicHost });
  }

  return (webhook) => {
    const cached = cache.get(webhook);
    if (cached !== undefined) return cached;
    const created = createRequestFactory(webhook);
    cache.set(webhook, created);
    return created;
  };
}
