/** Replaced by a space, so that words stay apart and a value is one line in every destination. */
// oxlint-disable-next-line no-control-regex -- a mutation test turns `\v` into `\V`, which is no valid escape
const lineBreaksAndTabs = /[\t\n\u000b\f\r\u0085\u2028\u2029]+/gu;

/**
 * Invisible characters to remove: controls, non-characters, byte order marks, and bidirectional overrides and
 * isolates, which would reverse the rest of a line. Joiners stay, since emoji and some scripts need them.
 */
const invisible = /[\p{Cc}\p{Noncharacter_Code_Point}\u202a-\u202e\u2066-\u206f\ufeff]/gu;

/** Half of a surrogate pair. A JSON escape may contain one, but many parsers reject it. */
const loneSurrogates = /\p{Cs}/gu;

/** The `@` of mentions that notify a whole channel, in any destination. */
const massMention = /@(?=everyone|here|channel)/giu;

const zeroWidthSpace = '\u200b';

/** Makes untrusted text safe to display: one line, no invisible characters, no mass mentions. */
export function cleanText(text: string): string {
  return text
    .replace(lineBreaksAndTabs, ' ')
    .replace(invisible, '')
    .replace(loneSurrogates, '\ufffd')
    .replace(massMention, `@${zeroWidthSpace}`)
    .trim();
}

/**
 * Keeps `<` from opening a tag or a mention in a destination that has no escape for it. The inserted
 * zero-width space is invisible.
 */
export function breakAngleBrackets(text: string): string {
  return text.replace(/<(?=[!@#/\p{L}])/gu, `<${zeroWidthSpace}`);
}
