import type { parseArgs, ParseArgsOptionsConfig } from 'node:util';

/**
 * Reads the arguments of a script. If they are wrong, prints a sentence and the usage, and exits with 2.
 *
 * @param usage the command with placeholders
 */
export function readArguments<const TOptions extends ParseArgsOptionsConfig>(
  usage: string,
  config: {
    readonly options?: TOptions;
    /**
     * Arguments that are no options.
     * @default 0
     */
    readonly maxOperands?: number;
  },
): ReturnType<typeof parseArgs<{ options: TOptions; allowPositionals: true; strict: true }>>;
