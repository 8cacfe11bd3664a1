/** Replaces a credential. */
const removed = '[removed]';

/**
 * Forms of credentials: our own tokens and secrets, authorization headers, user names and passwords in URLs,
 * and URLs of chat services, whose path or query is the credential.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  // Keeps the first characters of an API key: the key list shows them too.
  [/\b(tsk_[0-9a-f]{6})[0-9a-f]+/gi, `$1${removed}`],
  [/\b(whsec_|whsk_|root_)[A-Za-z0-9+/=_-]{8,}/g, `$1${removed}`],
  [/\b(Bearer|Basic) +[\x21-\x7e]{6,}?(?=["'\\,\s]|$)/gi, `$1 ${removed}`],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@\\]+@/gi, `$1${removed}@`],
  // Discord and old Teams connectors.
  [
    /(\/webhooks?(?:b2)?\/)(?!wh_|[\w./-]*\.[cm]?[jt]s\b)[A-Za-z0-9._~%@-]+(?:\/[A-Za-z0-9._~%@-]+)+/gi,
    `$1${removed}`,
  ],
  // Slack messages, triggers and workflows. A path that ends in a source file belongs to a stack trace.
  [
    /(\/(?:services|triggers|workflows)\/)(?![\w./-]*\.[cm]?[jt]s\b)[A-Za-z0-9._~%-]+(?:\/[A-Za-z0-9._~%-]+)+/gi,
    `$1${removed}`,
  ],
  [/([?&](?:sig|sv|token|key|secret|access_token)=)[^\s&"'\\]+/gi, `$1${removed}`],
];

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
    return clean;
  };
}

/** The text as it is escaped inside a JSON string. */
function toJsonText(secret: string): string {
  return JSON.stringify(secret).slice(1, -1);
}
