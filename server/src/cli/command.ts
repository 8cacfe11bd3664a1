import type { Terminal } from './terminal.ts';

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
  /** A second name of the option. */
  readonly alias?: string;
  /** Placeholder of the value in the help. */
  readonly value?: string;
  /** The possible values, which completion offers. The help has to name them in `summary`. */
  readonly choices?: readonly string[];
  readonly summary: string;
}

/** The arguments of a command that are not options, such as ids or files. */
export interface OperandSpec {
  /** Placeholder in the help. */
  readonly value: string;
  /** Whether several are allowed. Exactly one otherwise. */
  readonly multiple?: true;
  readonly choices?: readonly string[];
  readonly summary: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type OptionValue<TSpec extends OptionSpec> = TSpec['type'] extends 'boolean'
  ? boolean | undefined
  : TSpec extends { readonly multiple: true }
    ? string[] | undefined
    : string | undefined;

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isJson: boolean;
  /** Prints the result to standard output: `value` as JSON with `--json`, otherwise `text`. */
  readonly result: (value: object, text: string) => void;
  /** Prints a line to standard output, unless there is `--json`. */
  readonly print: (line: string, style?: Style) => void;
  /** Prints a line to standard error. */
  readonly progress: (line: string) => void;
  /** Aborts on the first Ctrl-C. A second one ends the process. */
  readonly interrupted: AbortSignal;
  readonly terminal: Terminal;
}

export type Style = 'good' | 'doubtful' | 'bad';

/** What a command does, without its name. */
export interface Command {
  /** Further lines of the help. */
  readonly details: string;
  /** Arguments of calls that the help shows, without the name of the command. */
  readonly examples: readonly string[];
  readonly options: OptionSpecs;
  /** At least one is required. Without it, the command takes options only. */
  readonly operands?: OperandSpec;
  /**
   * Exit code of an error that is not about usage.
   * @default 1
   */
  readonly failureCode?: number;
  /** Whether the command handles signals itself. @default false */
  readonly handlesSignals?: boolean;
  /** Returns the exit code. */
  run(args: readonly string[], context: Context): Promise<number>;
}

/** The parsed options of a command, by their names. */
export type OptionValues<TOptions extends OptionSpecs> = {
  readonly [K in keyof TOptions]: OptionValue<TOptions[K]>;
};

/** The parsed options of a command whose names are not known to the compiler. */
export type AnyOptionValues = Readonly<Record<string, string | readonly string[] | boolean | undefined>>;
