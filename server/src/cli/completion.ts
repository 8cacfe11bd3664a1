import { RootCommand, type Command as Completable } from '@bomb.sh/tab';
import { defineCommand, exitCode, UsageError, type OptionSpec } from './command.ts';
import { commonOptions } from './parser.ts';
import { findCommand, registry } from './registry.ts';

const shells = ['bash', 'zsh', 'fish', 'powershell'];

export const completion = defineCommand({
  details:
    'The script completes commands, options and their fixed values. It calls "tocsin" itself for each completion, so\n' +
    'it stays right after an upgrade.',
  examples: ['bash >> ~/.bashrc', 'zsh >> ~/.zshrc', 'fish > ~/.config/fish/completions/tocsin.fish'],
  options: {},
  operands: { value: 'shell', choices: shells, summary: shells.join(', ') },
  run: async (_values, _context, [shell = '']) => {
    if (!shells.includes(shell)) throw new UsageError(`<shell>: must be one of ${shells.join(', ')}`);
    // Prints to standard output by itself.
    new RootCommand().setup('tocsin', 'tocsin', shell);
    return await Promise.resolve(exitCode.ok);
  },
});

/** Prints what the last of the words can be, for the script of a shell. */
export async function printCompletions(words: readonly string[]): Promise<void> {
  const root = new RootCommand();
  const groups = new Set(
    registry
      .map(({ name }) => name.split(' '))
      .flatMap(([first, second]) => (second === undefined ? [] : [first ?? ''])),
  );
  for (const group of groups) root.command(group, `tocsin ${group} ...`);
  const typed = findCommand(words);
  for (const entry of registry) {
    const command = root.command(entry.name, entry.summary);
    if (entry === typed) await addArguments(command, entry.load);
  }
  root.parse([...words]);
}

async function addArguments(command: Completable, load: (typeof registry)[number]['load']): Promise<void> {
  const { options, operands } = await load();
  const known: Readonly<Record<string, OptionSpec>> = {
    ...options,
    ...commonOptions,
    help: { type: 'boolean', summary: 'print the help' },
  };
  for (const [name, { type, summary, choices = [] }] of Object.entries(known)) {
    if (type === 'boolean') command.option(name, summary);
    else command.option(name, summary, (complete) => offer(choices, complete));
  }
  if (operands === undefined) return;
  const { value, choices = [], multiple = false } = operands;
  command.argument(
    value,
    choices.length === 0 ? undefined : (complete) => offer(choices, complete),
    multiple,
  );
}

function offer(values: readonly string[], complete: (value: string, description: string) => void): void {
  for (const value of values) complete(value, '');
}
