/**
 * Writes docs/configuration.md from the schema that reads the environment. With `--check` it writes nothing and fails
 * when the page is not what it would write.
 *
 *   node --conditions=@tocsin/source --import tsx scripts/write-configuration.ts [--check]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import * as z from 'zod';
import { environment } from '../server/src/config.ts';

const page = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));

const introduction = `
# Configuration

<!-- Written by scripts/write-configuration.ts from server/src/config.ts. Do not edit. -->

The server reads its configuration from the environment, once, when it starts. There is no configuration file. An empty
variable counts as unset. If a value is wrong the server does not start, and prints one line for each bad variable:

\`\`\`
Tocsin cannot start:
  PORT: Invalid input: expected number, received NaN
  RETRY_SCHEDULE: "soon" is not a duration; write a list such as 5s,5m,30m
\`\`\`

A duration is a number and a unit: \`500ms\`, \`5s\`, \`5m\`, \`2h\`, \`5d\`. A switch is \`true\`, \`1\`, \`yes\` or \`on\`, or
\`false\`, \`0\`, \`no\` or \`off\`.

With \`NODE_ENV=production\`, \`ROOT_TOKEN\` and \`ENCRYPTION_KEY\` must be set. Make an encryption key with
\`openssl rand -base64 32\`, and keep it apart from the backups of the database: without it no stored webhook secret can be
opened. [Key rotation](key-rotation.md) says how to change it, [addresses](addresses.md) explains the variables about
targets.

| variable | meaning | default |
| --- | --- | --- |
`;

/** What JSON Schema says of one variable, as it is written in the environment. */
interface Variable {
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

const { properties = {} } = z.toJSONSchema(environment, { io: 'input', unrepresentable: 'any' });

/** For the defaults that a schema has only after its transformation: those of switches. */
const whenUnset: Readonly<Record<string, unknown>> = environment.parse({});

function rowOf([name, variable]: [string, Variable]): string {
  if (variable.description === undefined)
    throw new Error(`${name} has no description in server/src/config.ts`);
  const meaning = [variable.description, rangeOf(variable)].filter((part) => part !== '').join(' ');
  return `| ${[`\`${name}\``, meaning, defaultOf(variable.default ?? whenUnset[name])].map(escaped).join(' | ')} |`;
}

function rangeOf({ enum: names, minimum, maximum }: Variable): string {
  if (names !== undefined) return `One of ${names.map((name) => `\`${name}\``).join(', ')}.`;
  return minimum === undefined || maximum === undefined ? '' : `From ${minimum} to ${maximum}.`;
}

function defaultOf(value: unknown): string {
  if (value === undefined) return 'unset';
  return value === '' ? 'empty' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}

async function pageText(): Promise<string> {
  const rows = Object.entries(properties).map(([name, schema]) => rowOf([name, schema as Variable]));
  const text = `${introduction.trim()}\n${rows.join('\n')}\n`;
  return format(text, { ...(await resolveConfig(page)), parser: 'markdown' });
}

const wanted = await pageText();
if (!process.argv.includes('--check')) {
  await writeFile(page, wanted);
} else if ((await readFile(page, 'utf8')) !== wanted) {
  console.error('docs/configuration.md is not what the schema says: run scripts/write-configuration.ts');
  process.exitCode = 1;
}
