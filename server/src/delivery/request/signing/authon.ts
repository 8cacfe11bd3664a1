import type { Profiler } from './signer.ts';
import { seedBody } from './event-body.ts';

/** Authon's contract: the secret itself in a header. `webhook-id` is ours: the contract gives no key to dedupe by. */
export const authonProfile: Profiler = ({ event, proof }) => ({
  body: seedBody(event),
  headers: {
    'content-type': 'application/json',
    'x-webhook-secret': proof().text,
    'x-webhook-event': event.type,
    'user-agent': 'Authon-Webhook/1.0',
    'webhook-id': event.id,
  },
});
