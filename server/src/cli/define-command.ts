import type { Command, Context, OptionSpecs, OptionValues } from './command.ts';
import { parseArguments } from './parser.ts';

/** Defines a command. `run` receives the parsed options with their types, and the operands. */
export function defineCommand<const TOptions extends OptionSpecs>(
  spec: Omit<Command, 'options' | 'run'> & {
    readonly options: TOptions;
    run(values: OptionValues<TOptions>, context: Context, operands: readonly string[]): Promise<number>;
  },
): Command {
  return {
    ...spec,
    run: async (args, context) => {
      const { values, operands } = parseArguments(args, spec);
      // `as`: the parser returns what `options` describes, but its types cannot express that for a type
      // parameter.
      return await spec.run(values as OptionValues<TOptions>, context, operands);
    },
  };
}
