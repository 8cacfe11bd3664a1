import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** A program with a catalog of `count` events, a switch over all of them, and a hundred calls of publish. */
function program(count: number): string {
  const names = Array.from({ length: count }, (_, n) => `family${n % 12}.event${n}`);
  const fields = (n: number) =>
    ['userId', 'username', 'licenseKey', 'ip', 'hwid', 'reason'].map((name) => `${name}${n}`);
  const define = (n: number) =>
    `define({ description: 'd', source: 'inferred', fields: { ${fields(n)
      .map((field) => `${field}: text`)
      .join(', ')}, level: z.int(), at: isoTimestamp.nullable(), appId: text }, example: ${example(n)} })`;
  const example = (n: number) =>
    `{ ${fields(n)
      .map((field) => `${field}: 'x'`)
      .join(', ')}, level: 1, at: null, appId: 'a' }`;
  return `
import * as z from 'zod';
import { isoTimestamp, text, toDefinitions } from '${root}shared/src/events/definition.ts';
const define = toDefinitions('authon');
export const eventCatalog = { ${names.map((name, n) => `'${name}': ${define(n)}`).join(',\n')} } as const;
type Catalog = typeof eventCatalog;
type AnyEventType = keyof Catalog;
type KnownFields<T> = { [K in keyof T as string extends K ? never : K]: T[K] };
type EventPayload<TType extends AnyEventType> = { [K in TType]: KnownFields<z.output<Catalog[K]['schema']>> }[TType];
type PublishData<TType extends AnyEventType> = { [K in TType]: Omit<EventPayload<K>, 'appId'> & { appId?: string | undefined } }[TType];
type KnownEvent<TType extends AnyEventType = AnyEventType> = { [K in TType]: { readonly type: K; readonly data: EventPayload<K> } }[TType];
declare function publish<TType extends AnyEventType>(type: TType, event: { appId: string; data: PublishData<TType> }): void;
export function handle(event: KnownEvent): string {
  switch (event.type) {
    ${names.map((name, n) => `case '${name}': return event.data.reason${n};`).join('\n')}
    default: return event satisfies never;
  }
}
${names
  .slice(0, 100)
  .map((name, n) => `publish('${name}', { appId: 'a', data: ${example(n)} });`)
  .join('\n')}
`;
}

async function instantiations(count: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-types-'));
  try {
    const compilerOptions = {
      target: 'es2023',
      lib: ['es2023', 'dom'],
      types: [],
      module: 'preserve',
      moduleResolution: 'bundler',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      paths: { zod: [join(root, 'node_modules/zod/index.d.ts')] },
    };
    await writeFile(join(folder, 'main.ts'), program(count));
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
    const { stdout } = await run(join(root, 'node_modules/.bin/tsc'), [
      '-p',
      folder,
      '--extendedDiagnostics',
    ]);
    return Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

it(
  'the compiler cost of 300 event types is low, and linear compared with 100',
  { timeout: 120_000 },
  async () => {
    // Counts instantiations instead of seconds, because they are the same on every machine. TypeScript
    // rejects a single expression at 5,000,000.
    const hundred = await instantiations(100);
    const threeHundred = await instantiations(300);
    expect(threeHundred).toBeLessThan(400_000);
    expect(threeHundred / hundred).toBeLessThan(4);
  },
);
