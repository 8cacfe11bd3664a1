import { exitCode, UsageError } from './command.ts';
import { completionScripts } from './completion-scripts.ts';
import { defineCommand } from './define-command.ts';

const shells = Object.keys(completionScripts);

export const completion = defineCommand({
  details:
    'The script completes commands, options and values. It asks "tocsin" for each completion, so it stays right after\n' +
    'an upgrade.',
  examples: ['bash >> ~/.bashrc', 'zsh >> ~/.zshrc', 'fish > ~/.config/fish/completions/tocsin.fish'],
  options: {},
  operands: { value: 'shell', choices: shells, summary: shells.join(', ') },
  run: async (_values, { result }, [shell = '']) => {
    const script = new Map(Object.entries(completionScripts)).get(shell);
    if (script === undefined) throw new UsageError(`<shell>: must be one of ${shells.join(', ')}`);
    result({ script }, script.trimEnd());
    return await Promise.resolve(exitCode.ok);
  },
});
