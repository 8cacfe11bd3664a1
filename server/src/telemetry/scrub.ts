/** What stands in place of something secret. */
const removed = '[removed]';

/**
 * Shapes of credentials, wherever they turn up in a text: our own tokens and secrets, bearer headers, user names and
 * passwords in URLs, and chat URLs, whose path or query is the credential.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  // An API key is recognized by its first characters, as its list shows them.
  [/\b(tsk_[0-9a-f]{6})[0-9a-f]+/gi, `$1${removed}`],
  [/\b(whsec_|whsk_|root_)[A-Za-z0-9+/=_-]{8,}/g, `$1${removed}`],
  [/\b(Bearer|Basic) +[\x21-\x7e]{6,}?(?=["'\\,\s]|$)/gi, `$1 ${removed}`],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@\\]+@/gi, `$1${removed}@`],
  // Discord, old Teams connectors; Slack's messages, workflows and triggers.
  [
    /(\/webhooks?(?:b2)?\/)(?!wh_|[\w./-]*\.[cm]?[jt]s\b)[A-Za-z0-9._~%@-]+(?:\/[A-Za-z0-9._~%@-]+)+/gi,
    `$1${removed}`,
  ],
  // A path that ends in a source file belongs to a stack trace.
  [
    /(\/(?:services|triggers|workflows)\/)(?![\w./-]*\.[cm]?[jt]s\b)[A-Za-z0-9._~%-]+(?:\/[A-Za-z0-9._~%-]+)+/gi,
    `$1${removed}`,
  ],
  [/([?&](?:sig|sv|token|key|secret|access_token)=)[^\s&"'\\]+/gi, `$1${removed}`],
];

/**
 * Makes the function that every log line goes through, whichever field holds what. `known` are this installation's own
 * secrets: their form is whatever the operator chose, so they are removed by their very text.
 */
export function createScrubber(known: readonly string[]): (text: string) => string {
  // A shorter one would blot out ordinary words; the configuration asks for 16 characters and more.
  const literal = known.filter((secret) => secret.length >= 8).flatMap((secret) => [secret, escaped(secret)]);
  return (text) => {
    let clean = text;
    for (const secret of literal) clean = clean.replaceAll(secret, removed);
    for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
    return clean;
  };
}

/** As it stands inside a line of JSON. */
function escaped(secret: string): string {
  return JSON.stringify(secret).slice(1, -1);
}
