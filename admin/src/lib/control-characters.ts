/* eslint-disable no-control-regex -- the patterns match control characters on purpose */

/**
 * Makes control characters of untrusted text visible: ANSI escapes and NUL as symbols, bidirectional
 * overrides as code points. They could otherwise hide or reorder what is displayed. Line breaks and tabs
 * stay.
 */
export function escapeControlCharacters(text: string): string {
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
