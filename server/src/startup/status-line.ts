/** Lines for people, and below them, on a terminal, one line that changes. */
export interface StatusLine {
  /** Writes a line that stays. */
  readonly print: (line: string) => void;
  /** Replaces the changing line. Undefined where there is no terminal, because a pipe keeps every line. */
  readonly show: ((text: string) => void) | undefined;
  /** Removes the changing line. */
  readonly clear: () => void;
}

type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

const eraseLine = '\r\u001b[K';

export function createStatusLine(output: Output): StatusLine {
  let isShown = false;
  const clear = () => {
    if (isShown) output.write(eraseLine);
    isShown = false;
  };
  const show = (text: string) => {
    // A longer text would wrap, and the next one would erase only its last row.
    output.write(`${eraseLine}${text.slice(0, Math.max(20, output.columns - 1))}`);
    isShown = true;
  };
  return {
    clear,
    print: (line) => {
      clear();
      output.write(`${line}\n`);
    },
    show: output.isTTY ? show : undefined,
  };
}
