import { createHmac, randomUUID } from 'node:crypto';

export interface SignOptions {
  readonly secret: string;
  /** @default a new one */
  readonly id?: string;
  /** When the request is sent. @default now */
  readonly sentAt?: Date;
}

/** Signs an event as the profile `standard` does (Standard Webhooks). */
export function sign(
  type: string,
  data: object,
  { secret, id = randomUUID(), sentAt = new Date() }: SignOptions,
) {
  const body = JSON.stringify({ type, timestamp: sentAt.toISOString(), data });
  const seconds = Math.floor(sentAt.getTime() / 1000);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  };
  return { method: 'POST', headers, body };
}
