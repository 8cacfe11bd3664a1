import type { Signer } from './signer.ts';
import { eventBody } from './event-body.ts';

/**
 * Authon's contract, which sends the secret itself in a header. We add `webhook-id`, because the contract has
 * no field for deduplication.
 */
export const authonSigner: Signer = ({ event, getSharedSecret }) => ({
  body: eventBody(event),
  headers: {
    'content-type': 'application/json',
    'x-webhook-secret': getSharedSecret().text,
    'x-webhook-event': event.type,
    'user-agent': 'Authon-Webhook/1.0',
    'webhook-id': event.id,
  },
});
