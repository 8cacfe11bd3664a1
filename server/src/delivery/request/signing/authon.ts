import type { Signer } from './signer.ts';
import { eventBody } from './event-body.ts';

/** Authon's contract: the secret itself in a header. `webhook-id` is ours: the contract gives no key to dedupe by. */
export const authonSigner: Signer = ({ event, proof }) => ({
  body: eventBody(event),
  headers: {
    'content-type': 'application/json',
    'x-webhook-secret': proof().text,
    'x-webhook-event': event.type,
    'user-agent': 'Authon-Webhook/1.0',
    'webhook-id': event.id,
  },
});
