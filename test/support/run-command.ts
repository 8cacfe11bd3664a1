import type { Command } from '../../server/src/cli/command.ts';

export interface CommandRun {
  /** The exit code, or the error that the command threw. */
  readonly ended: number | string;
  /** What it printed as its result. */
  readonly text: string;
  /** The same result as `--json` prints it. */
  readonly value: unknown;
  readonly progress: readonly string[];
}

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
      interrupted: new AbortController().signal,
      progress: (line) => progress.push(line),
      result: (value, text) => results.push({ value, text }),
    })
    .catch((error: unknown) => String(error));
  return { ended, text: results.map(({ text }) => text).join('\n'), value: results[0]?.value, progress };
}
