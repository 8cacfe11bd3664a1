/** Writes one character so that the destination shows it as it is. `index` counts from the start of the text. */
export type EscapeCharacter = (character: string, index: number) => string;

/** What must not be left in front of the ellipsis: spaces, and joiners that wait for a second half. */
const danglingEnd = /(?:\s|\u200b|\u200d|\ufe0f)+$/u;

/**
 * Escapes a text and cuts it so that the *result* has at most `maxCodePoints`, an ellipsis included. Both in one
 * walk: cutting afterwards could halve an escape sequence and undo it.
 */
export function cutText(text: string, maxCodePoints: number, escape: EscapeCharacter = asIs): string {
  let written = '';
  let length = 0;
  let longestWithEllipsis = '';
  let index = 0;
  for (const character of text) {
    const escaped = escape(character, index++);
    length += countCodePoints(escaped);
    if (length > maxCodePoints) return `${longestWithEllipsis.replace(danglingEnd, '')}…`;
    written += escaped;
    if (length < maxCodePoints) longestWithEllipsis = written;
  }
  return written;
}

export function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function asIs(character: string): string {
  return character;
}
