import type { CommandEntry } from './registry.ts';

/** What the overview says of a group instead of listing its commands. */
const groups: Readonly<Record<string, string>> = {
  apps: 'Apps, which own webhooks and events',
  keys: 'API keys',
  webhooks: 'Webhooks, to which events are delivered',
  events: 'Events: publish, look up, explain',
  deliveries: 'Deliveries: look up, retry, cancel, replay',
  'event-types': 'Event types of the server',
  accounts: 'Accounts and their limits',
  'audit-log': 'The log of all changes',
};

/** Lists all commands, a line for each group. */
export function toOverview(registry: readonly CommandEntry[]): string {
  const rows = registry.flatMap(({ name, summary }): (readonly [string, string])[] => {
    const [first = '', second] = name.split(' ');
    return second === undefined ? [[first, summary]] : [[first, toGroupSummary(first, registry)]];
  });
  const unique = [...new Map(rows)];
  return [
    'Usage: tocsin <command> [options]',
    '',
    'Commands:',
    ...toColumns(unique),
    '',
    'Run "tocsin <command> --help" for the options and examples of a command.',
    'Exit codes: 0 success, 1 failure, 2 invalid usage, 3 audit found a discrepancy. `check` has its own.',
  ].join('\n');
}

/** Lists the commands of a group. */
export function toGroupHelp(group: string, entries: readonly CommandEntry[]): string {
  return [
    `Usage: tocsin ${group} <command> [options]`,
    '',
    ...(groups[group] === undefined ? [] : [`${groups[group]}.`, '']),
    'Commands:',
    ...toColumns(entries.map(({ name, summary }) => [name.slice(group.length + 1), summary])),
    '',
    `Run "tocsin ${group} <command> --help" for the options and examples of a command.`,
  ].join('\n');
}

function toGroupSummary(group: string, registry: readonly CommandEntry[]): string {
  const names = registry
    .filter(({ name }) => name.startsWith(`${group} `))
    .map(({ name }) => name.slice(group.length + 1));
  return names.join(', ');
}

function toColumns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
