import { maxReplyBytesKept } from '../../domain/delivery.ts';

const removed = '[removed]';

/** Below this a secret could not be told from an ordinary word, and is none worth guessing. */
const minSecretLength = 8;

/** The start of a secret that is worth removing where a reply was cut in the middle of one. */
const minCutLength = 4;

/**
 * Removes a webhook's credentials from what a receiver answered. Receivers that repeat a request's headers, or print the
 * secret that they expected, are common; a reply is seen by all who may read deliveries.
 */
export function createReplyRedactor(secrets: readonly string[]): (reply: string) => string {
  const forms = [...new Set(secrets.flatMap(encodedForms))]
    .filter((form) => form.length >= minSecretLength)
    // Longest first: one that begins another must not leave the rest of it behind.
    .sort((a, b) => b.length - a.length);
  return (reply) => {
    let masked = reply;
    for (const form of forms) masked = masked.replaceAll(form, removed);
    return isCut(reply) ? withoutStart(masked, forms) : masked;
  };
}

/** As it is, without our prefix, and as it stands inside JSON or a URL. */
function encodedForms(secret: string): string[] {
  const bare = secret.replace(/^whsec_/, '');
  return [secret, bare].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
  ]);
}

/** A character that the cut went through is left out, so a cut reply can be three bytes short. */
function isCut(reply: string): boolean {
  return Buffer.byteLength(reply) > maxReplyBytesKept - 4;
}

function withoutStart(reply: string, forms: readonly string[]): string {
  for (const form of forms) {
    for (let length = form.length - 1; length >= minCutLength; length--) {
      if (reply.endsWith(form.slice(0, length))) return reply.slice(0, -length) + removed;
    }
  }
  return reply;
}
