/** Crockford's base 32 in lower case: no i, l, o, u, so that ids survive being read aloud. Sorts like its numbers. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * Characters that an event and its deliveries share: 10 of time and 14 of chance. Two more number the target. They allow
 * 1,024 targets, more than an app can have webhooks.
 */
const sharedLength = 24;

export function encodeTime(epochMs: number): string {
  let rest = epochMs;
  let out = '';
  for (let i = 0; i < 10; i++) {
    out = alphabet.charAt(rest % 32) + out;
    rest = Math.floor(rest / 32);
  }
  return out;
}

export function encodeRandom(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += alphabet.charAt(byte & 31);
  return out;
}

/** The time in an `evt_` or `dlv_` id, epoch ms. */
export function timeOfId(id: string): number {
  let time = 0;
  for (const character of id.slice(4, 14)) time = time * 32 + alphabet.indexOf(character);
  return time;
}

export function eventIdFrom(stem: string): string {
  return `evt_${stem}00`;
}

/** The id of the delivery of an event to its target number `index`. Deterministic: recovery makes the same id again. */
export function toDeliveryId(eventId: string, index: number): string {
  return `dlv_${eventId.slice(4, 4 + sharedLength)}${alphabet.charAt(index >> 5)}${alphabet.charAt(index & 31)}`;
}

/** The id of the event whose first deliveries share this id's stem. */
export function eventIdOfDelivery(deliveryId: string): string {
  return eventIdFrom(deliveryId.slice(4, 4 + sharedLength));
}

/** The number of the target that a delivery id stands for. */
export function toTargetIndex(deliveryId: string): number {
  return alphabet.indexOf(deliveryId.charAt(28)) * 32 + alphabet.indexOf(deliveryId.charAt(29));
}

/** The smallest id with the given prefix at a time; ids made before `epochMs` sort below it. */
export function lowestIdAt(prefix: 'evt_' | 'dlv_', epochMs: number): string {
  return `${prefix}${encodeTime(Math.max(0, epochMs))}${'0'.repeat(16)}`;
}
