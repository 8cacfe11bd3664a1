import { registry, type CommandEntry } from './registry.ts';

/** Finds the command that the words begin with. Further words are operands. */
export function findCommand(words: readonly string[]): CommandEntry | undefined {
  return registry.find(({ name }) => {
    const length = name.split(' ').length;
    return words.slice(0, length).join(' ') === name;
  });
}

/** The commands of a group, such as `apps`. Empty for other words. */
export function findGroup(word: string): readonly CommandEntry[] {
  return registry.filter(({ name }) => name.startsWith(`${word} `));
}

/** The first words of all commands. */
export function getFirstWords(): readonly string[] {
  return [...new Set(registry.map(({ name }) => name.split(' ')[0] ?? ''))];
}
