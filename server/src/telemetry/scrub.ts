/** Replaces a credential. */
const removed = '[removed]';

/**
 * Forms of credentials: our own tokens and secrets, authorization headers, user names and passwords in URLs,
 * and query parameters. Each pattern starts with fixed text that its repetition cannot cross, so that the
 * time is linear in the length of the text, which an attacker can choose.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  // Keeps the first characters of an API key: the key list shows them too.
  [/\b(tsk_[0-9a-f]{6})[0-9a-f]+/gi, `$1${removed}`],
  [/\b(whsec_|whsk_|root_)[A-Za-z0-9+/=_-]{8,}/g, `$1${removed}`],
  [/\b(Bearer|Basic) +[\x21-\x7e]{6,}?(?=["'\\,\s]|$)/gi, `$1 ${removed}`],
  [/:\/\/[^\s/"'@\\]+@/g, `://${removed}@`],
  [
    /([?&](?:sig|sv|token|key|secret|access_token|api_?key|signature|password|auth|code)=)[^\s&"'\\]+/gi,
    `$1${removed}`,
  ],
];

/** A path, as a whole: each character is looked at once, however many markers the path contains. */
const path = /[\w.~%@/-]+/g;

/** Segments of URLs of chat services. A credential of at least two segments follows. */
const markers = /\/(?:webhooks?(?:b2)?|services|triggers|workflows)\//gi;

/** A path to a source file belongs to a stack trace. */
const sourceFile = /\.[cm]?[jt]s\b/i;

/** Removes what follows the first marker: Discord, old Teams connectors, Slack messages and workflows. */
function scrubPath(text: string): string {
  if (sourceFile.test(text)) return text;
  for (const { 0: marker, index } of text.matchAll(markers)) {
    const start = index + marker.length;
    // Our own routes name the webhook by its id.
    if (text.startsWith('wh_', start)) continue;
    const slash = text.indexOf('/', start);
    if (slash > start && slash < text.length - 1) return text.slice(0, start) + removed;
  }
  return text;
}

/**
 * Creates a function that removes credentials from text.
 *
 * @param known secrets of this installation, whose form the operator chose; removed by their exact text
 */
export function createScrubber(known: readonly string[]): (text: string) => string {
  // A shorter secret would remove ordinary words. The configuration requires longer ones.
  const literal = known
    .filter((secret) => secret.length >= 8)
    .flatMap((secret) => [secret, toJsonText(secret)]);
  return (text) => {
    let clean = text;
    for (const secret of literal) clean = clean.replaceAll(secret, removed);
    for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
    clean = clean.replace(path, scrubPath);
    return clean;
  };
}

/** The text as it is escaped inside a JSON string. */
function toJsonText(secret: string): string {
  return JSON.stringify(secret).slice(1, -1);
}
