import { createInterface } from 'node:readline/promises';
import { text as readText } from 'node:stream/consumers';

/** The terminal that a command runs in. */
export interface Terminal {
  /** Width of standard output. Undefined if it is no terminal, so that nothing is cut. */
  readonly columns: number | undefined;
  /** Asks a question that is answered with yes or no. Undefined without a terminal. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  /** Returns all of standard input. */
  readonly readInput: () => Promise<string>;
}

/** The streams of a process. */
export interface ProcessStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export function createTerminal({ stdin, stdout, stderr }: ProcessStreams): Terminal {
  const ask = async (question: string): Promise<boolean> => {
    // On standard error, because standard output is for the result.
    const prompt = createInterface({ input: stdin, output: stderr });
    // Ctrl-C and Ctrl-D leave the question without an answer.
    const left = new AbortController();
    prompt.once('SIGINT', () => left.abort());
    prompt.once('close', () => left.abort());
    try {
      return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `, { signal: left.signal })).trim());
    } catch {
      stderr.write('\n');
      return false;
    } finally {
      prompt.close();
    }
  };
  return {
    columns: stdout.isTTY ? stdout.columns : undefined,
    confirm: stdin.isTTY && stderr.isTTY ? ask : undefined,
    readInput: async () => await readText(stdin),
  };
}
