import type { Command, OptionSpec } from './command.ts';

const everywhere: Readonly<Record<string, OptionSpec>> = {
  json: { type: 'boolean', about: 'the result, and an error, as JSON' },
  help: { type: 'boolean', about: 'this text' },
};

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'tocsin <command> [options]',
    '',
    ...commands.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
    '',
    'tocsin <command> --help tells more. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something was found.',
  ].join('\n');
}

export function toHelp({ name, about, details, options }: Command): string {
  const rows = Object.entries({ ...options, ...everywhere }).map(
    ([option, spec]) =>
      [`--${option}${spec.value === undefined ? '' : ` ${spec.value}`}`, spec.about] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    `tocsin ${name} [options]`,
    '',
    `${about}.`,
    ...(details === '' ? [] : ['', details]),
    '',
    ...rows.map(([left, text]) => `  ${left.padEnd(width)}  ${text}`),
  ].join('\n');
}
