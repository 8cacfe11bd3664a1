import { prettyFactory } from 'pino-pretty';
import type { DestinationStream } from 'pino';

export interface TextLogOptions {
  /** Receives finished lines. */
  readonly write: (text: string) => void;
  readonly colors: boolean;
}

/**
 * Creates a destination of pino that writes a readable line for each entry, for a terminal: local time, level,
 * message and fields, and the stack of an error below it.
 */
export function createTextDestination({ write, colors }: TextLogOptions): DestinationStream {
  const format = prettyFactory({
    colorize: colors,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
    errorLikeObjectKeys: ['err'],
  });
  return { write: (line) => write(format(withoutControls(line)) || line) };
}

/**
 * Keeps control characters in their escaped form, because a terminal would run the escape sequences of a
 * receiver's reply. Tabs and line feeds stay, for stacks.
 */
function withoutControls(line: string): string {
  return line
    .replace(/\\(?:\\|u00(?:0[0-8bcef]|1[0-9a-f]))/g, (escape) =>
      escape === '\\\\' ? escape : `\\${escape}`,
    )
    .replace(rawControl, (char) => `\\\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** DEL and C1 controls, which JSON does not escape. */
// oxlint-disable-next-line no-control-regex -- matches control characters on purpose
const rawControl = /[\u007f-\u009f]/g;
