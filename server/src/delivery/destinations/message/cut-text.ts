/** Escapes one character for a destination, so that it is shown as it is. `index` is its position. */
export type EscapeCharacter = (character: string, index: number) => string;

/** Characters that must not precede the ellipsis: spaces, and joiners without a second half. */
const dangling = /[\s\u200b\u200d\ufe0f]/u;

/**
 * Escapes a text and cuts the result to `maxCodePoints`, ellipsis included. Does both in one pass, because
 * cutting an escaped text could split an escape sequence.
 */
export function cutText(text: string, maxCodePoints: number, escape: EscapeCharacter = keep): string {
  let result = '';
  let length = 0;
  let resultBeforeEllipsis = '';
  let index = 0;
  for (const character of text) {
    const escaped = escape(character, index++);
    length += countCodePoints(escaped);
    if (length > maxCodePoints) return `${trimDangling(resultBeforeEllipsis)}…`;
    result += escaped;
    if (length < maxCodePoints) resultBeforeEllipsis = result;
  }
  return result;
}

/** From the end: a pattern for the end would start again at each space of the text. */
function trimDangling(text: string): string {
  let end = text.length;
  while (end > 0 && dangling.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

export function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function keep(character: string): string {
  return character;
}
