/* eslint-disable no-control-regex -- control characters are what this file is about */

/**
 * A stranger's text as it really is: control characters (ANSI escapes, NUL) as their pictures and characters that turn
 * the direction of writing by their code, so that nothing in it can hide or rearrange what a person reads. Line breaks
 * and tabs stay. It is shown as text only; React never makes HTML of it.
 */
export function visibleText(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (character) =>
      String.fromCharCode(0x2400 + character.charCodeAt(0)),
    )
    .replace(/\u007f/g, '\u2421')
    .replace(
      /[\u0080-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/gu,
      (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
    );
}

/** JSON made readable; anything else as it is. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
