/** A space in its place keeps words apart; a value is one line in every destination. */
const lineBreaksAndTabs = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;

/**
 * Characters that are never meant to be seen: controls, non-characters, byte order marks, and the bidirectional
 * overrides and isolates, one of which in a user name would turn the rest of the line around. Joiners stay: emoji
 * and several scripts are made with them.
 */
const unwanted = /[\p{Cc}\p{Noncharacter_Code_Point}\u202a-\u202e\u2066-\u206f\ufeff]/gu;

/** Half of a surrogate pair. Valid in a JSON escape, refused by many who read it. */
const loneSurrogates = /\p{Cs}/gu;

/** Words after an @ that call everybody, whatever the destination. */
const massMention = /@(?=everyone|here|channel)/giu;

const zeroWidthSpace = '\u200b';

/** A stranger's text, made fit to be shown: one line, no invisible tricks, nobody called. */
export function cleanText(text: string): string {
  return text
    .replace(lineBreaksAndTabs, ' ')
    .replace(unwanted, '')
    .replace(loneSurrogates, '\ufffd')
    .replace(massMention, `@${zeroWidthSpace}`)
    .trim();
}

/**
 * Keeps `<` from opening a tag or a mention in a destination that has no escape for it. The reader sees no difference.
 */
export function breakAngleBrackets(text: string): string {
  return text.replace(/<(?=[!@#/\p{L}])/gu, `<${zeroWidthSpace}`);
}
