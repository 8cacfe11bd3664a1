import { Argument, Command as Parser, CommanderError, Option } from 'commander';
import { findNearNames } from '@tocsin/shared';
import { UsageError, type Command, type OptionSpec, type OptionSpecs } from './command.ts';

/** What the parser needs of a command. */
export type Parsable = Pick<Command, 'options' | 'operands'>;

export interface ParsedArguments {
  readonly values: Readonly<Record<string, unknown>>;
  readonly operands: readonly string[];
}

/** Options that the command line itself reads, and that each command has. */
export const commonOptions = {
  json: { type: 'boolean', summary: 'print the result or the error as JSON' },
} as const satisfies OptionSpecs;

/**
 * Parses the arguments of a command.
 *
 * @throws UsageError
 */
export function parseArguments(args: readonly string[], spec: Parsable): ParsedArguments {
  const parser = toParser('tocsin', spec);
  try {
    parser.parse([...args], { from: 'user' });
  } catch (error) {
    throw error instanceof CommanderError ? new UsageError(toMessage(error, spec)) : error;
  }
  const values = Object.fromEntries(
    Object.keys(spec.options).map((name) => [name, parser.getOptionValue(toAttribute(name)) as unknown]),
  );
  return { values, operands: parser.args };
}

/** Returns a parser that throws instead of ending the process, and prints nothing. */
export function toParser(name: string, { options, operands }: Parsable): Parser {
  const parser = new Parser(name)
    .exitOverride()
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .showSuggestionAfterError(false)
    .helpOption('-h, --help', 'print this help');
  for (const [option, spec] of Object.entries({ ...options, ...commonOptions })) {
    parser.addOption(toOption(option, spec));
  }
  if (operands !== undefined) {
    const argument = new Argument(
      `<${operands.value}${operands.multiple === true ? '...' : ''}>`,
      operands.summary,
    );
    if (operands.choices !== undefined) argument.argChoices = [...operands.choices];
    parser.addArgument(argument);
  }
  return parser;
}

function toOption(name: string, { type, multiple, alias, value, choices, summary }: OptionSpec): Option {
  const names = alias === undefined ? `--${name}` : `--${alias}, --${name}`;
  if (type === 'boolean') return new Option(names, summary);
  const option = new Option(`${names} <${value ?? name}>`, summary);
  // Without `choices()` of the library, because the schema of the input checks the value.
  if (choices !== undefined) option.argChoices = [...choices];
  if (multiple === true) {
    option.argParser<readonly string[] | undefined>((text, previous) => [...(previous ?? []), text]);
  }
  return option;
}

/** The name that the library gives to the value of an option. */
function toAttribute(name: string): string {
  return new Option(`--${name}`).attributeName();
}

function toMessage({ code, message }: CommanderError, { options, operands }: Parsable): string {
  const text = message.replace(/^error: /, '').replaceAll("'", '"');
  if (code === 'commander.unknownOption') {
    const [, unknown = ''] = /--?([^"=]*)/.exec(text) ?? [];
    const specs: OptionSpecs = { ...options, ...commonOptions };
    const known = Object.entries(specs).flatMap(([name, { alias }]) =>
      alias === undefined ? [name] : [name, alias],
    );
    return `unknown option --${unknown}${toHint(findNearNames(unknown, [...known, 'help']).map((name) => `--${name}`))}`;
  }
  if (code === 'commander.missingArgument' && operands !== undefined) {
    return `<${operands.value}> is required: ${operands.summary}`;
  }
  return text;
}

/** Says which names were probably meant. */
export function toHint(near: readonly string[]): string {
  return near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
}
