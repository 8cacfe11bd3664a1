import { parseArgs } from 'node:util';

/** Exit codes. docs/cli.md describes them. */
export const exitCode = {
  ok: 0,
  failed: 1,
  breaking: 1,
  usage: 2,
  unchecked: 2,
  discrepancy: 3,
  interrupted: 130,
} as const;

/** The command line or the configuration is invalid. Nothing was changed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly multiple?: true;
  /** Placeholder of the value in the help. */
  readonly value?: string;
  readonly summary: string;
}

/** The arguments of a command that are not options, such as files. */
export interface OperandSpec {
  /** Placeholder in the help. */
  readonly value: string;
  readonly summary: string;
}

type OptionValue<TSpec extends OptionSpec> = TSpec['type'] extends 'boolean'
  ? boolean | undefined
  : TSpec extends { readonly multiple: true }
    ? string[] | undefined
    : string | undefined;

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prints the result to standard output: `value` as JSON with `--json`, otherwise `text`. */
  readonly result: (value: object, text: string) => void;
  /** Prints a line to standard error. */
  readonly progress: (line: string) => void;
  /** Aborts on the first Ctrl-C. A second one ends the process. */
  readonly interrupted: AbortSignal;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Further lines of the help. */
  readonly details: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** At least one is required. Without it, the command takes options only. */
  readonly operands?: OperandSpec;
  /**
   * Exit code of an error that is not about usage.
   * @default 1
   */
  readonly failureCode?: number;
  /** Returns the exit code. */
  run(args: readonly string[], context: Context): Promise<number>;
}

/** Defines a command. `run` receives the parsed options with their types, and the operands. */
export function defineCommand<const TOptions extends Readonly<Record<string, OptionSpec>>>(
  spec: Omit<Command, 'options' | 'run'> & {
    readonly options: TOptions;
    run(
      values: { readonly [K in keyof TOptions]: OptionValue<TOptions[K]> },
      context: Context,
      operands: readonly string[],
    ): Promise<number>;
  },
): Command {
  return {
    ...spec,
    run: async (args, context) => {
      const { values, operands } = parse(args, spec);
      // `as`: parseArgs returns what `options` describes, but its types cannot express that for a type
      // parameter.
      return await spec.run(values as Parameters<typeof spec.run>[0], context, operands);
    },
  };
}

function parse(
  args: readonly string[],
  { options, operands }: Pick<Command, 'options' | 'operands'>,
): { readonly values: object; readonly operands: readonly string[] } {
  const allowPositionals = operands !== undefined;
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (operands !== undefined && parsed.positionals.length === 0) {
    throw new UsageError(`${operands.value} is required: ${operands.summary}`);
  }
  return { values: parsed.values, operands: parsed.positionals };
}
