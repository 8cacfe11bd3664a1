import { createHmac } from 'node:crypto';
import { ownUserAgent, type Signer } from './signer.ts';
import { eventBody } from './event-body.ts';

/**
 * AuthForge's contract: HMAC-SHA256 over the raw body, keyed with the whole secret string, `whsec_` included. The
 * timestamp header repeats the body's, which the signature covers. The secret itself never goes out.
 */
export const authforgeSigner: Signer = ({ event, proof }) => {
  const body = eventBody(event);
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-authforge-event': event.type,
      'x-authforge-timestamp': event.timestamp,
      'x-authforge-signature': `sha256=${createHmac('sha256', proof().textKey).update(body).digest('hex')}`,
      'user-agent': ownUserAgent,
      'webhook-id': event.id,
    },
  };
};
