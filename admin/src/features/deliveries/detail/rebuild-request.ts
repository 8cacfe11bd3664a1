import type { DeliveryDetail, EventView, WebhookView } from '@tocsin/shared';

export interface HeaderLine {
  readonly name: string;
  readonly value: string;
  /** True for signatures and possible credentials, whose value is hidden. */
  readonly isRedacted: boolean;
}

const mask = '••••••••';

/** Custom headers that never hold credentials. All others are redacted. */
const publicHeaders =
  /^(accept(-language)?|x-(source|env|environment|region|tenant|request-source|app|service))$/i;

/**
 * Rebuilds the request headers of a delivery from the event and the webhook. Requests are not stored, so the
 * result reflects the current settings of the webhook.
 */
export function rebuildHeaders(
  webhook: WebhookView,
  event: EventView,
  delivery: Pick<DeliveryDetail, 'attempts'>,
  isChatMessage: boolean,
): HeaderLine[] {
  const plain = (name: string, value: string): HeaderLine => ({ name, value, isRedacted: false });
  const redacted = (name: string, value: string): HeaderLine => ({ name, value, isRedacted: true });
  if (isChatMessage) return [plain('content-type', 'application/json')];
  const own = Object.keys(webhook.headers).map((name) => {
    const value = webhook.headers[name] ?? '';
    return publicHeaders.test(name) ? plain(name, value) : redacted(name, mask);
  });
  return [plain('content-type', 'application/json'), ...signatureHeaders(), ...own];

  function signatureHeaders(): HeaderLine[] {
    switch (webhook.profile) {
      case 'standard': {
        const last = delivery.attempts.at(-1);
        const seconds =
          last === undefined ? '(time of the attempt)' : String(Math.floor(Date.parse(last.at) / 1000));
        return [
          plain('webhook-id', event.id),
          plain('webhook-timestamp', seconds),
          redacted(
            'webhook-signature',
            `${'signing' in webhook && webhook.signing === 'ed25519' ? 'v1a' : 'v1'},${mask}`,
          ),
        ];
      }
      case 'authon':
        return [
          plain('webhook-id', event.id),
          plain('x-webhook-event', event.event),
          redacted('x-webhook-secret', mask),
        ];
      case 'authforge':
        return [
          plain('webhook-id', event.id),
          plain('x-authforge-event', event.event),
          plain('x-authforge-timestamp', event.timestamp),
          redacted('x-authforge-signature', `sha256=${mask}`),
        ];
    }
  }
}

/** Rebuilds the JSON body of a delivery, with its fields in the order in which they are sent. */
export function rebuildBody(webhook: WebhookView, event: EventView): string {
  const name = webhook.profile === 'standard' ? 'type' : 'event';
  return JSON.stringify({ [name]: event.event, timestamp: event.timestamp, data: event.data }, null, 2);
}
