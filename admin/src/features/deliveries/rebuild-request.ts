import type { DeliveryDetail, EventView, WebhookView } from '@tocsin/shared';

export interface HeaderLine {
  readonly name: string;
  readonly value: string;
  /** Kept from view: it proves who sends, or may be a credential. */
  readonly isMasked: boolean;
}

const hidden = '••••••••';

/** Custom headers are mostly credentials. These are known not to be; all others are masked. */
const harmless =
  /^(accept(-language)?|x-(source|env|environment|region|tenant|request-source|app|service))$/i;

/**
 * The request that the webhook's profile makes of an event. Rebuilt from both, since attempts are kept without their
 * requests: a webhook that was changed since is shown as it is now.
 */
export function headersAsSent(
  webhook: WebhookView,
  event: EventView,
  delivery: Pick<DeliveryDetail, 'attempts'>,
  isChat: boolean,
): HeaderLine[] {
  const plain = (name: string, value: string): HeaderLine => ({ name, value, isMasked: false });
  const masked = (name: string, value: string): HeaderLine => ({ name, value, isMasked: true });
  if (isChat) return [plain('content-type', 'application/json')];
  const own = Object.keys(webhook.headers).map((name) => {
    const value = webhook.headers[name] ?? '';
    return harmless.test(name) ? plain(name, value) : masked(name, hidden);
  });
  return [plain('content-type', 'application/json'), ...proof(), ...own];

  function proof(): HeaderLine[] {
    switch (webhook.profile) {
      case 'standard': {
        const last = delivery.attempts.at(-1);
        const seconds =
          last === undefined ? 'of the attempt' : String(Math.floor(Date.parse(last.at) / 1000));
        return [
          plain('webhook-id', event.id),
          plain('webhook-timestamp', seconds),
          masked(
            'webhook-signature',
            `${'signing' in webhook && webhook.signing === 'ed25519' ? 'v1a' : 'v1'},${hidden}`,
          ),
        ];
      }
      case 'authon':
        return [
          plain('webhook-id', event.id),
          plain('x-webhook-event', event.event),
          masked('x-webhook-secret', hidden),
        ];
      case 'authforge':
        return [
          plain('webhook-id', event.id),
          plain('x-authforge-event', event.event),
          plain('x-authforge-timestamp', event.timestamp),
          masked('x-authforge-signature', `sha256=${hidden}`),
        ];
    }
  }
}

/** The body, with the fields in the order in which they go out. */
export function bodyAsSent(webhook: WebhookView, event: EventView): string {
  const name = webhook.profile === 'standard' ? 'type' : 'event';
  return JSON.stringify({ [name]: event.event, timestamp: event.timestamp, data: event.data }, null, 2);
}
