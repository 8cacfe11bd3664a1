import { LRUCache } from 'lru-cache';
import { maxReplyBytesKept } from '../../domain/delivery.ts';
import type { SendResult } from '../../domain/send-result.ts';
import { toDecodedTexts } from './decoded-texts.ts';
import { FragmentIndex, type TextRange } from './fragment-index.ts';

const removed = '[removed]';

/** A shorter text is not distinguishable from an ordinary word, and too weak to be a secret. */
const minSecretLength = 8;

/** The shortest prefix of a secret to remove where a reply was cut in the middle of the secret. */
const minCutLength = 4;

/**
 * How many characters of texts without a credential a redactor remembers. An endpoint that fails often sends the same reply
 * and the same headers each time.
 */
const maxCleanLength = 8_192;

export type RedactReply = (reply: string) => string;

/**
 * Returns a function that removes a webhook's credentials from a reply. Receivers often echo the headers of a
 * request or print the secret that they expected, and everyone with read access to deliveries sees the reply.
 *
 * Removes a credential and longer parts of it where they stand as plain text. Removes the whole reply if a
 * decoded form of it contains one, because the encoded part cannot be told apart.
 */
export function createReplyRedactor(secrets: readonly string[]): RedactReply {
  const forms = [...new Set(secrets.flatMap(toEncodedForms))]
    .filter((form) => form.length >= minSecretLength)
    // Longest first: a form that is a prefix of another must not leave the rest of it visible.
    .sort((a, b) => b.length - a.length);
  let index: FragmentIndex | undefined;
  const clean = new LRUCache<string, true>({
    maxSize: maxCleanLength,
    sizeCalculation: (_value, text) => text.length,
  });
  return (reply) => {
    if (forms.length === 0 || reply.length < minSecretLength || clean.get(reply) === true) return reply;
    index ??= new FragmentIndex(secrets.map(toBare));
    let redacted = reply;
    for (const form of forms) redacted = redacted.replaceAll(form, removed);
    if (isCut(reply)) redacted = removeCutForm(redacted, forms);
    redacted = removeRanges(redacted, index.findIn(redacted));
    for (const decoded of toDecodedTexts(redacted)) if (index.isFoundIn(decoded)) return removed;
    if (redacted === reply) clean.set(reply, true);
    return redacted;
  };
}

function removeRanges(text: string, ranges: readonly TextRange[]): string {
  let result = '';
  let at = 0;
  for (const { start, end } of ranges) {
    result += text.slice(at, start) + removed;
    at = end;
  }
  return result + text.slice(at);
}

export function redactResult(result: SendResult, redactReply: RedactReply): SendResult {
  if (result.kind === 'unanswered') return result;
  const { allHeaders } = result;
  const reply = redactReply(result.reply);
  if (allHeaders !== undefined) {
    const redacted = allHeaders.map(([name, value]) => [redactReply(name), redactReply(value)] as const);
    return { ...result, reply, allHeaders: redacted };
  }
  return reply === result.reply ? result : { ...result, reply };
}

/** The secret with and without our prefix, each as plain text, inside JSON and inside a URL. */
function toEncodedForms(secret: string): string[] {
  return [secret, toBare(secret)].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
  ]);
}

function toBare(secret: string): string {
  return secret.replace(/^wh(?:sec|sk)_/, '');
}

/** A cut reply can be three bytes short, because a character that the cut divides is dropped. */
function isCut(reply: string): boolean {
  return Buffer.byteLength(reply) > maxReplyBytesKept - 4;
}

function removeCutForm(reply: string, forms: readonly string[]): string {
  for (const form of forms) {
    for (let { length } = form; length >= minCutLength; length--) {
      if (reply.endsWith(form.slice(0, length))) return reply.slice(0, -length) + removed;
    }
  }
  return reply;
}
