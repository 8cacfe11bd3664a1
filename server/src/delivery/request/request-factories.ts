import type { SecretBox } from '../../domain/ports/secret-box.ts';
import { openUrl } from '../../domain/webhook-endpoint.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { resolveFormat } from '../destinations/registry.ts';
import { createChatRequestFactory } from './chat-request-factory.ts';
import type { ServiceLimits } from './limits.ts';
import type { RequestFactory } from './request-factory.ts';
import { createSignedRequestFactory } from './signed-request-factory.ts';

export interface RequestFactoriesDeps {
  readonly secretBox: Pick<SecretBox, 'decrypt'>;
  readonly destinationLimits: ServiceLimits;
  /** The host that identifies this server to chat services, if one is configured. */
  readonly publicHost?: string | undefined;
  /** The value of `deliveryMarkerHeader`, see delivery-marker.ts. */
  readonly marker?: string | undefined;
}

/**
 * Returns a function that returns the request factory of a webhook. A factory is cached as long as the
 * webhook object, and a changed webhook is a new object.
 */
export function createRequestFactories({
  secretBox,
  destinationLimits,
  publicHost,
  marker,
}: RequestFactoriesDeps): (webhook: Webhook) => RequestFactory {
  const cache = new WeakMap<Webhook, RequestFactory>();

  function createRequestFactory(webhook: Webhook): RequestFactory {
    const url = new URL(openUrl(secretBox, webhook));
    const format = resolveFormat(webhook.format, url);
    return format === 'json'
      ? createSignedRequestFactory(webhook, url, secretBox, marker)
      : createChatRequestFactory(webhook, url, format, { destinationLimits, publicHost });
  }

  return (webhook) => {
    const cached = cache.get(webhook);
    if (cached !== undefined) return cached;
    const created = createRequestFactory(webhook);
    cache.set(webhook, created);
    return created;
  };
}
