import type { SigningProfile } from '@tocsin/shared';
import type { JsonObject } from './json-object.ts';

/** A header of deliveries. */
export interface DeliveryHeader {
  readonly name: string;
  readonly description: string;
  readonly schema: JsonObject;
  readonly toExample: (type: string) => string;
}

const webhookId: DeliveryHeader = {
  name: 'webhook-id',
  description: "The event's id, the same on every attempt. Drop requests whose id you already have.",
  schema: { type: 'string' },
  toExample: () => 'evt_6f1d2c3b4a596877',
};

const toEventHeader = (name: string): DeliveryHeader => ({
  name,
  description: 'The event type, as in the body.',
  schema: { type: 'string' },
  toExample: (type) => type,
});

/** The time of the example deliveries. */
export const exampleTimestamp = '2025-06-15T14:30:00.000Z';

/** The headers of each signing profile that identify and sign a delivery. docs/receivers.md tells how to verify them. */
export const profileHeaders: Readonly<Record<SigningProfile, readonly DeliveryHeader[]>> = {
  standard: [
    webhookId,
    {
      name: 'webhook-timestamp',
      description: 'When this attempt was signed, in seconds since 1970. Reject it 5 minutes off either way.',
      schema: { type: 'string', pattern: '^[0-9]+$' },
      toExample: () => String(Date.parse(exampleTimestamp) / 1000),
    },
    {
      name: 'webhook-signature',
      description:
        'One signature per active secret, separated by spaces: v1,<base64> (HMAC-SHA256) or v1a,<base64> ' +
        '(ed25519) over id.timestamp.body.',
      schema: { type: 'string' },
      toExample: () => 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
    },
  ],
  authforge: [
    webhookId,
    toEventHeader('x-authforge-event'),
    {
      name: 'x-authforge-timestamp',
      description: 'The timestamp of the body.',
      schema: { type: 'string', format: 'date-time' },
      toExample: () => exampleTimestamp,
    },
    {
      name: 'x-authforge-signature',
      description: 'sha256=<hex>: HMAC-SHA256 over the body. The key is the whole secret, whsec_ included.',
      schema: { type: 'string', pattern: '^sha256=[0-9a-f]{64}$' },
      toExample: () => 'sha256=8068121cada12450c4259daa2dfc663eda2b35a0ffc713f7df7812af46f418d4',
    },
  ],
  authon: [
    webhookId,
    toEventHeader('x-webhook-event'),
    {
      name: 'x-webhook-secret',
      description: "The webhook's secret itself.",
      schema: { type: 'string' },
      toExample: () => 'whsec_...',
    },
  ],
};

export const profiles = ['standard', 'authforge', 'authon'] as const satisfies readonly SigningProfile[];

/** Bodies have the event type under this name. */
export function toTypeField(profile: SigningProfile): 'type' | 'event' {
  return profile === 'standard' ? 'type' : 'event';
}
