import { ownUserAgent, type Signer } from './signer.ts';
import { eventBody } from './event-body.ts';

/**
 * AuthForge's contract: HMAC-SHA256 over the raw body. The key is the whole secret string, `whsec_` included.
 * The timestamp header repeats the body's timestamp, which the signature covers. The secret itself is never
 * sent.
 */
export const authforgeSigner: Signer = ({ event, getSharedSecret }) => {
  const body = eventBody(event);
  const signature = getSharedSecret().textKey.sign(body, 'hex');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-authforge-event': event.type,
      'x-authforge-timestamp': event.timestamp,
      'x-authforge-signature': `sha256=${signature}`,
      'user-agent': ownUserAgent,
      'webhook-id': event.id,
    },
  };
};
