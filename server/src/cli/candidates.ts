import type { Command, OptionSpecs } from './command.ts';
import { commonOptions } from './parser.ts';
import { findCommand, findGroup } from './find-command.ts';
import { registry } from './registry.ts';

/** A text that a word can become. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** Returns what the last word can become. The words are those after `tocsin`. */
export async function findCandidates(words: readonly string[]): Promise<readonly Candidate[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const entry = findCommand(before);
  const all =
    entry === undefined ? findNames(before) : findArguments(await entry.load(), before.at(-1), current);
  return all.filter(({ value }) => value.startsWith(current));
}

/** The names of commands after the given words. */
function findNames(before: readonly string[]): readonly Candidate[] {
  const [group, further] = before;
  if (group !== undefined) {
    if (further !== undefined) return [];
    return findGroup(group).map(({ name, summary }) => ({
      value: name.slice(group.length + 1),
      description: summary,
    }));
  }
  const names = registry.map(({ name, summary }) => {
    const [first = '', second] = name.split(' ');
    return [first, second === undefined ? summary : `commands of ${first}`] as const;
  });
  return [...new Map(names)].map(([value, description]) => ({ value, description }));
}

function findArguments(
  { options, operands }: Command,
  previous: string | undefined,
  current: string,
): readonly Candidate[] {
  const known: OptionSpecs = {
    ...options,
    ...commonOptions,
    help: { type: 'boolean', summary: 'print the help' },
  };
  const names = Object.entries(known).flatMap(([name, spec]) =>
    [name, ...(spec.alias === undefined ? [] : [spec.alias])].map((text) => [`--${text}`, spec] as const),
  );
  const [, option] = names.find(([name]) => name === previous) ?? [];
  if (option?.type === 'string') return toCandidates(option.choices ?? []);
  const [assigned, value] = current.split('=', 2);
  if (assigned !== undefined && value !== undefined) {
    const [, spec] = names.find(([name]) => name === assigned) ?? [];
    return toCandidates((spec?.choices ?? []).map((choice) => `${assigned}=${choice}`));
  }
  if (current.startsWith('-')) {
    return names.map(([name, { summary }]) => ({ value: name, description: summary }));
  }
  return toCandidates(operands?.choices ?? []);
}

/** Without `*`, which a shell would replace with names of files. */
function toCandidates(values: readonly string[]): readonly Candidate[] {
  return values.filter((value) => !value.includes('*')).map((value) => ({ value, description: '' }));
}
