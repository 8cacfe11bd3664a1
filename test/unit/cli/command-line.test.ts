import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  parseInput,
  toFields,
  toOptionNames,
  toSchemaOptions,
} from '../../../server/src/cli/api/schema-options.ts';
import { findCandidates } from '../../../server/src/cli/candidates.ts';
import { toHelp } from '../../../server/src/cli/help.ts';
import { parseArguments } from '../../../server/src/cli/parser.ts';
import { registry } from '../../../server/src/cli/registry.ts';
import { routes } from '../../../server/src/transport/rest/v2/routes.ts';
import { runCommandLineHere } from '../../support/run-command.ts';

const run = async (...args: readonly string[]) => await runCommandLineHere(args, { env: {} });

describe('every command', () => {
  it('has a help with examples that its own parser accepts', async () => {
    for (const entry of registry) {
      const command = await entry.load();
      const help = toHelp(entry, command);
      expect(help).toContain(`Usage: tocsin ${entry.name}`);
      expect(help).toContain('Examples:\n');
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) {
        const words = toWords(example.replace(/^.*\| tocsin \S+ \S+ /, ''));
        expect(() => parseArguments(words, command), `tocsin ${entry.name} ${example}`).not.toThrow();
      }
    }
  });

  it('describes each of its options', async () => {
    for (const { name, load } of registry) {
      const { options } = await load();
      for (const [option, { summary }] of Object.entries(options)) {
        // The name of the field stands where no words are known.
        expect(summary, `tocsin ${name} --${option}`).toMatch(/ |\(/);
      }
    }
  });

  it('is there for every procedure', () => {
    // One command prints what several procedures have, or is older than its group.
    const others: Readonly<Record<string, string>> = {
      'events.publishMany': 'events publish',
      'events.types': 'event-types list',
      'eventTypes.register': 'push',
      'auditLog.list': 'audit-log list',
      'search.find': 'search',
      'search.timeline': 'timeline',
      'system.stats': 'stats',
      'system.audit': 'audit',
    };
    const names = new Set(registry.map(({ name }) => name));
    const missing = Object.keys(routes).filter((procedure) => {
      const name = procedure.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace('.', ' ');
      return !names.has(others[procedure] ?? name);
    });
    expect(missing).toEqual([]);
  });
});

describe('options from a schema', () => {
  const schema = z.strictObject({
    appId: z.string().min(2),
    status: z.enum(['new', 'old']).default('new'),
    events: z.array(z.string()).min(1).optional(),
    limit: z.coerce.number().int().max(5).default(3),
    rateLimit: z.number().nullable().optional(),
    hours: z.union([z.literal(1), z.literal(24)]).default(24),
    headers: z.record(z.string(), z.string()).optional(),
    eventVersions: z.record(z.string(), z.int()).optional(),
    dryRun: z.boolean().default(false),
    data: z.record(z.string(), z.unknown()).optional(),
  });
  const schemaOptions = toSchemaOptions(schema);

  it('have its types, its possible values and its defaults', () => {
    expect(schemaOptions.options).toMatchObject({
      app: { type: 'string', summary: 'id of the app (required)' },
      status: {
        choices: ['new', 'old'],
        summary: expect.stringContaining('(new, old; default: new)') as string,
      },
      event: { multiple: true, alias: 'type' },
      hours: { choices: ['1', '24'] },
      header: { multiple: true },
      'dry-run': { type: 'boolean' },
    });
    expect(Object.keys(schemaOptions.options)).not.toContain('data');
  });

  it('become an input', () => {
    const { values } = parseArguments(
      [
        '--app',
        'shop',
        '--type',
        'a',
        '--event=b',
        '--limit',
        '4',
        '--rate-limit',
        'none',
        '--dry-run',
        '--hours',
        '1',
      ].concat(['--header', 'x-a: b=c', '--header', 'x-d=e:f', '--event-version', 'invoice.paid=2']),
      { options: schemaOptions.options },
    );
    // `as`: what the parser returns for these options.
    expect(toFields(schemaOptions, values as Parameters<typeof toFields>[1])).toEqual({
      appId: 'shop',
      events: ['a', 'b'],
      limit: 4,
      rateLimit: null,
      hours: 1,
      headers: { 'x-a': 'b=c', 'x-d': 'e:f' },
      eventVersions: { 'invoice.paid': 2 },
      dryRun: true,
    });
  });

  it('name themselves in the errors of the schema', () => {
    const input = toFields(schemaOptions, { app: 's', limit: 'x', status: 'gone' });
    expect(() => parseInput(schema, input, toOptionNames(schemaOptions))).toThrow(
      '--app: must have at least 2 characters, has 1\n--status: must be one of "new", "old"\n--limit: must be a whole number',
    );
    expect(() => parseInput(schema, {}, toOptionNames(schemaOptions))).toThrow('--app: is required');
    // A header can be a secret.
    expect(() => toFields(schemaOptions, { header: ['sk_secret'] })).toThrow(
      /^a pair must be a name and a value/,
    );
  });
});

describe('the command line', () => {
  it.each([
    [['webhook'], 2, 'unknown command "webhook"; did you mean "webhooks"?'],
    [['webhooks', 'lst'], 2, 'unknown command "webhooks lst"; did you mean "webhooks list"?'],
    [['apps', 'list', '--limt', '3'], 2, 'unknown option --limt; did you mean --limit?'],
    [['apps', 'list', 'more'], 2, 'too many arguments'],
    [['apps', 'get'], 2, '<id> is required: id of the app'],
    [['apps', 'list', '--limit'], 2, 'argument missing'],
    [['apps', 'list', '--limit', '1000'], 2, '--limit: must be at most 200'],
    [['apps', 'list'], 2, 'TOCSIN_TOKEN: must be set'],
    [['help', 'apps', 'list'], 0, 'Usage: tocsin apps list'],
    [['apps', '--help'], 0, 'Usage: tocsin apps <command>'],
    [['--json', 'webhook'], 2, '{"error":{"code":"USAGE","message":"unknown command'],
    [['apps', 'get', '--json'], 2, '{"error":{"code":"USAGE","message":"<id> is required'],
    [['completion', 'tcsh'], 2, '<shell>: must be one of bash, zsh, fish'],
    [['webhooks', 'update', 'wh_0123456789ab', '--url', 'https://example.com'], 2, 'nothing to change'],
    [
      ['webhooks', 'create', '--app', 'a', '--event', '*', '--url', 'https://example.com'],
      2,
      '--endpoint: is required',
    ],
  ])('%j ends with %i', async (args, ended, text) => {
    expect(await run(...args)).toMatchObject({ ended, output: expect.stringContaining(text) as string });
  });
});

describe('completion', () => {
  const values = async (...words: readonly string[]) =>
    (await findCandidates(words)).map(({ value }) => value);

  it('completes commands, options and fixed values', async () => {
    expect(await values('we')).toEqual(['webhooks']);
    expect(await values('keys', '')).toEqual(['list', 'create', 'rotate', 'revoke']);
    expect(await values('keys', 'create', '--sc')).toEqual(['--scope']);
    // Not `*`, which a shell would replace with names of files.
    expect(await values('keys', 'create', '--scope', '')).toEqual(expect.not.arrayContaining(['*']));
    expect(await values('keys', 'create', '--scope', 'events:')).toEqual([
      'events:publish',
      'events:read',
      'events:consume',
    ]);
    expect(await values('webhooks', 'create', '--format=s')).toEqual(['--format=slack']);
    expect(await values('completion', 'z')).toEqual(['zsh']);
  });

  it('offers nothing where a file or an id follows', async () => {
    expect(await values('check', './a')).toEqual([]);
    expect(await values('webhooks', 'get', 'wh_')).toEqual([]);
    expect(await values('nothing', 'at', 'all')).toEqual([]);
  });
});

/** Splits as a shell does, without its comment. */
function toWords(example: string): string[] {
  const words =
    example
      .replace(/ # .*$/, '')
      .replace(/ >>? .*$/, '')
      .match(/'[^']*'|\S+/g) ?? [];
  return words.map((word) => word.replaceAll("'", ''));
}
