import type { Command } from './command.ts';
import { toParser } from './parser.ts';
import type { CommandEntry } from './registry.ts';

/** The help of one command. */
export function toHelp({ name, summary }: Pick<CommandEntry, 'name' | 'summary'>, command: Command): string {
  const parser = toParser(`tocsin ${name}`, command);
  const { operands } = command;
  const operand =
    operands === undefined ? '' : ` <${operands.value}${operands.multiple === true ? '...' : ''}>`;
  parser
    .usage(`${operand.trimStart()}${operand === '' ? '' : ' '}[options]`)
    .description([`${summary}.`, command.details].filter((text) => text !== '').join('\n\n'))
    // The summaries name the possible values and the defaults already.
    .configureHelp({
      optionDescription: ({ description }) => description,
      argumentDescription: ({ description }) => description,
    });
  const examples = command.examples.map((example) => `  ${toExample(name, example)}`);
  const help = parser.helpInformation().trimEnd();
  return examples.length === 0 ? help : [help, '', 'Examples:', ...examples].join('\n');
}

/** An example that does not begin with the command, such as a pipe, is written in full. */
function toExample(name: string, example: string): string {
  return example.includes(`tocsin ${name}`) ? example : `tocsin ${name} ${example}`.trimEnd();
}
