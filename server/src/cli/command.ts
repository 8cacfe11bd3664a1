import { parseArgs } from 'node:util';

/** What a command ends with; docs/cli.md has the table. */
export const exitCode = { ok: 0, failed: 1, usage: 2, found: 3, interrupted: 130 } as const;

/** The command line or the configuration is wrong, and nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly multiple?: true;
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly about: string;
}

type OptionValue<TSpec extends OptionSpec> = TSpec['type'] extends 'boolean'
  ? boolean | undefined
  : TSpec extends { readonly multiple: true }
    ? string[] | undefined
    : string | undefined;

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The result, on standard output: as JSON with `--json`, else in words. */
  readonly result: (value: object, words: string) => void;
  /** A line for the person who waits, on standard error. */
  readonly progress: (line: string) => void;
  /** The first Ctrl-C; a second one ends the process. */
  readonly interrupted: AbortSignal;
}

export interface Command {
  readonly name: string;
  readonly about: string;
  /** More for its help. */
  readonly details: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  run(args: readonly string[], context: Context): Promise<number>;
}

/** A command whose `run` gets its options by their types. */
export function command<const TOptions extends Readonly<Record<string, OptionSpec>>>(
  spec: Omit<Command, 'options' | 'run'> & {
    readonly options: TOptions;
    run(
      values: { readonly [K in keyof TOptions]: OptionValue<TOptions[K]> },
      context: Context,
    ): Promise<number>;
  },
): Command {
  return {
    ...spec,
    run: async (args, context) =>
      // parseArgs answers what `options` says, which its own types cannot express for a type parameter.
      await spec.run(parse(args, spec.options) as Parameters<typeof spec.run>[0], context),
  };
}

function parse(args: readonly string[], options: Readonly<Record<string, OptionSpec>>): object {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
