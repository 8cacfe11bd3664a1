import type { Command } from '../../server/src/cli/command.ts';
import { runCommandLine } from '../../server/src/cli/run.ts';
import type { Terminal } from '../../server/src/cli/terminal.ts';
import type { CliRun } from './cli-process.ts';

export interface CommandRun {
  /** The exit code, or the error that the command threw. */
  readonly ended: number | string;
  /** What it printed as its result. */
  readonly text: string;
  /** The same result as `--json` prints it. */
  readonly value: unknown;
  readonly progress: readonly string[];
}

/** Neither a terminal nor an input. */
const noTerminal: Terminal = {
  columns: undefined,
  confirm: undefined,
  readInput: async () => await Promise.resolve(''),
};

/** Runs a command in this process, as the command line does. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandRun> {
  const results: { readonly value: unknown; readonly text: string }[] = [];
  const progress: string[] = [];
  const ended = await command
    .run(args, {
      env,
      isJson: false,
      interrupted: new AbortController().signal,
      terminal: noTerminal,
      progress: (line) => progress.push(line),
      print: (line) => results.push({ value: undefined, text: line }),
      result: (value, text) => results.push({ value, text }),
    })
    .catch((error: unknown) => String(error));
  return { ended, text: results.map(({ text }) => text).join('\n'), value: results[0]?.value, progress };
}

export interface CommandLineOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly terminal?: Partial<Terminal>;
  readonly hasColors?: boolean;
  /** Ctrl-C. @default never */
  readonly interrupted?: AbortSignal;
  /** Called with all output so far. */
  readonly onOutput?: (output: string) => void;
}

/** Runs a whole command line in this process. */
export async function runCommandLineHere(
  args: readonly string[],
  {
    env,
    terminal = {},
    hasColors = false,
    interrupted = new AbortController().signal,
    onOutput = () => undefined,
  }: CommandLineOptions,
): Promise<CliRun> {
  let output = '';
  let stdout = '';
  const ended = await runCommandLine(args, {
    env,
    hasColors,
    terminal: { ...noTerminal, ...terminal },
    onInterrupt: () => interrupted,
    out: (text) => {
      stdout += text;
      onOutput((output += text));
    },
    err: (text) => onOutput((output += text)),
  });
  return { ended, output, stdout };
}
