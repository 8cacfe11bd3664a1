import type { Command, OptionSpec } from './command.ts';

const commonOptions: Readonly<Record<string, OptionSpec>> = {
  json: { type: 'boolean', summary: 'print the result or the error as JSON' },
  help: { type: 'boolean', summary: 'print this help' },
};

export function toOverview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Usage: tocsin <command> [options]',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Run "tocsin <command> --help" for the options of a command.',
    'Exit codes: 0 success, 1 failure, 2 invalid usage, 3 audit found a discrepancy. `check` has its own.',
  ].join('\n');
}

export function toHelp({ name, summary, details, options, operands }: Command): string {
  const optionRows = Object.entries({ ...options, ...commonOptions }).map(
    ([option, spec]) =>
      [`--${option}${spec.value === undefined ? '' : ` ${spec.value}`}`, spec.summary] as const,
  );
  const rows = [
    ...(operands === undefined ? [] : [[operands.value, operands.summary] as const]),
    ...optionRows,
  ];
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `Usage: tocsin ${name}${operands === undefined ? '' : ` ${operands.value}`} [options]`,
    '',
    `${summary}.`,
    ...(details === '' ? [] : ['', details]),
    '',
    'Options:',
    ...rows.map(([left, text]) => `  ${left.padEnd(width)}  ${text}`),
  ].join('\n');
}
