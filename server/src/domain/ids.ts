/**
 * Crockford's base 32, in lower case. Has no i, l, o, u, which are easily confused. Sorts like its numbers.
 */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * Length of the stem that an event and its deliveries share: 10 characters of time and 14 of randomness. Two
 * more characters are the index of the target, for up to 1,024 targets.
 */
const stemLength = 24;

/** Encodes a time in 10 characters, which sort by time. */
export function encodeTime(epochMs: number): string {
  let rest = epochMs;
  let out = '';
  for (let i = 0; i < 10; i++) {
    out = alphabet.charAt(rest % 32) + out;
    rest = Math.floor(rest / 32);
  }
  return out;
}

/** Encodes 5 bits of each byte in one character. */
export function encodeRandom(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += alphabet.charAt(byte & 31);
  return out;
}

/** Returns the time in an `evt_` or `dlv_` id, epoch ms. */
export function timeFromId(id: string): number {
  let time = 0;
  for (const character of id.slice(4, 14)) time = time * 32 + alphabet.indexOf(character);
  return time;
}

export function eventIdFromStem(stem: string): string {
  return `evt_${stem}00`;
}

/**
 * Returns the id of the delivery of an event to the target at `index`. Deterministic: a process that recovers
 * the event uses the same id.
 */
export function toDeliveryId(eventId: string, index: number): string {
  return `dlv_${eventId.slice(4, 4 + stemLength)}${alphabet.charAt(index >> 5)}${alphabet.charAt(index & 31)}`;
}

/** Returns the id of the event with the same stem. */
export function eventIdFromDeliveryId(deliveryId: string): string {
  return eventIdFromStem(deliveryId.slice(4, 4 + stemLength));
}

/** Returns the index of the target in the event. */
export function targetIndexFromDeliveryId(deliveryId: string): number {
  return alphabet.indexOf(deliveryId.charAt(28)) * 32 + alphabet.indexOf(deliveryId.charAt(29));
}

/** Returns the lowest id at a time. Ids of earlier times sort below it. */
export function lowestIdAt(prefix: 'evt_' | 'dlv_' | 'rpl_', epochMs: number): string {
  return `${prefix}${encodeTime(Math.max(0, epochMs))}${'0'.repeat(16)}`;
}
