import { sign } from 'node:crypto';
import type { AcceptedEvent } from '../../../domain/event.ts';
import { ownUserAgent, type Signer, type SigningSecret } from './signer.ts';

/**
 * Standard Webhooks 1.0: `v1,<base64>` (HMAC) or `v1a,<base64>` (ed25519) over `id.timestamp.body`. There is
 * one signature per active secret, so that a receiver can switch secrets at any time during a rotation.
 */
export const standardSigner: Signer = ({ event, secrets, attemptAt }) => {
  const body = standardBody(event);
  const seconds = String(Math.floor(attemptAt / 1000));
  const content = `${event.id}.${seconds}.${body}`;
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': event.id,
      'webhook-timestamp': seconds,
      'webhook-signature': secrets.map((secret) => toSignature(secret, content)).join(' '),
      'user-agent': ownUserAgent,
    },
  };
};

/** The payload structure that Standard Webhooks recommends: `type`, `timestamp`, `data`. */
export function standardBody(event: AcceptedEvent): string {
  return `{"type":"${event.type}","timestamp":"${event.timestamp}","data":${event.dataText}}`;
}

function toSignature(secret: SigningSecret, content: string): string {
  return secret.kind === 'hmac'
    ? `v1,${secret.decodedKey.sign(content, 'base64')}`
    : `v1a,${sign(null, Buffer.from(content), secret.privateKey).toString('base64')}`;
}
