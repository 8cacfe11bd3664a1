/**
 * Control characters, and the marks that change the direction of a text. In a terminal, they would move the cursor or
 * show a text as another one.
 */
const unprintable =
  // oxlint-disable-next-line no-control-regex -- matches control characters on purpose
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Returns a text that a terminal shows as it is: unprintable characters become `\u001b`. Keeps line ends. */
export function toPrintable(text: string): string {
  return text.replaceAll(unprintable, toEscape);
}

/** As `toPrintable`, in one line. */
export function toPrintableLine(text: string): string {
  return toPrintable(text).replaceAll('\n', String.raw`\n`);
}

/** Returns the same JSON with unprintable characters as escapes. */
export function toPrintableJson(value: object): string {
  return toPrintable(JSON.stringify(value));
}

function toEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
