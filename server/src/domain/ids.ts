/**
 * Crockford's base 32, in lower case. Has no i, l, o, u, which are easily confused. Sorts like its numbers.
 */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * Length of the stem that an event and its deliveries share: 10 characters of time and 14 of randomness. The
 * rest of a delivery id is the index of the target.
 */
const stemLength = 24;
/** `evt_` or `dlv_` and the stem. */
const targetStart = 4 + stemLength;

/** Indexes below this limit take two characters of a delivery id. Higher ones take four. */
const narrowTargets = 32 ** 2;

/** Targets that an event can have, because the index of a target takes at most four characters. */
export const maxTargets = 32 ** 4;

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
 * the event uses the same id. The width follows from the index alone, so a target never has two ids.
 *
 * @throws RangeError if an event cannot have a target at `index`
 */
export function toDeliveryId(eventId: string, index: number): string {
  return `dlv_${eventId.slice(4, targetStart)}${encodeTarget(index)}`;
}

function encodeTarget(index: number): string {
  const low = alphabet.charAt((index >> 5) & 31) + alphabet.charAt(index & 31);
  if (index >= 0 && index < narrowTargets) return low;
  if (!Number.isInteger(index) || index < 0 || index >= maxTargets) {
    throw new RangeError(`target ${index} is out of range; an event has at most ${maxTargets} targets`);
  }
  return alphabet.charAt(index >> 15) + alphabet.charAt((index >> 10) & 31) + low;
}

/** Returns the id of the event with the same stem. */
export function eventIdFromDeliveryId(deliveryId: string): string {
  return eventIdFromStem(deliveryId.slice(4, targetStart));
}

/** Returns the index of the target in the event. -1 if no target has this id. */
export function targetIndexFromDeliveryId(deliveryId: string): number {
  const digits = Array.from(deliveryId.slice(targetStart), (character) => alphabet.indexOf(character));
  if (digits.includes(-1)) return -1;
  const index = digits.reduce((sum, digit) => sum * 32 + digit, 0);
  // Rejects a low index in four characters, which would be a second id of its target.
  return digits.length === (index < narrowTargets ? 2 : 4) ? index : -1;
}

/** The lowest and the highest delivery id that an event can have. Only its own deliveries are between them. */
export function deliveryRangeFromEventId(eventId: string): { readonly first: string; readonly last: string } {
  return { first: toDeliveryId(eventId, 0), last: toDeliveryId(eventId, maxTargets - 1) };
}

/** Returns the lowest id at a time. Ids of earlier times sort below it. */
export function lowestIdAt(prefix: 'evt_' | 'dlv_' | 'rpl_' | 'aud_', epochMs: number): string {
  return `${prefix}${encodeTime(Math.max(0, epochMs))}${'0'.repeat(16)}`;
}
