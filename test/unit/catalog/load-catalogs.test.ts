import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCatalogs } from '../../../server/src/catalog/load-catalogs.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const define = JSON.stringify(join(root, 'shared/src/catalog/define-catalog.ts'));
const zod = JSON.stringify(join(root, 'node_modules/zod/index.js'));

const head = `import * as z from ${zod};\nimport { defineCatalog } from ${define};\n`;
const catalog = (name: string, schema = 'z.object({ id: z.string() })') =>
  `defineCatalog({ '${name}': { description: 'd', schema: ${schema}, example: { id: 'a' } } })`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-catalog-'));
  const files: Record<string, string> = {
    'one.ts': `${head}export const one = ${catalog('invoice.paid')};\nexport const other: number = 1;`,
    'two.ts': `${head}export default ${catalog('order.placed')};`,
    'same.ts': `${head}export const same = ${catalog('invoice.paid')};`,
    'again.ts': `export { one } from './one.ts';\nexport { one as alias } from './one.ts';`,
    'none.ts': 'export const a = 1;\nexport function b() {}',
    'empty.ts': '',
    'broken.ts': 'export const a = 1;\nexport const b = (;',
    'throws.ts': `${head}export const bad = ${catalog('Bad Name')};`,
    'async.ts': `${head}export const bad = ${catalog('a.b', 'z.object({ id: z.string() }).refine(async () => true)')};`,
    'imports.ts': "import './gone.ts';",
    'plain.mjs': `import { one } from './one.ts';\nexport { one };`,
    'node_modules/@acme/events/package.json':
      '{"name":"@acme/events","type":"module","exports":{"import":"./index.js"}}',
    'node_modules/@acme/events/index.js': `export { one } from '../../../one.ts';`,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(async () => await rm(folder, { recursive: true }));

const namesOf = async (...specifiers: string[]) =>
  Object.keys((await loadCatalogs(specifiers, folder)).definitions);

describe('loading catalogs', () => {
  it.each([
    [['./one.ts'], ['invoice.paid']],
    [
      ['./one.ts', './two.ts'],
      ['invoice.paid', 'order.placed'],
    ],
    [['./again.ts'], ['invoice.paid']],
    [['./plain.mjs'], ['invoice.paid']],
    [['@acme/events'], ['invoice.paid']],
  ])('of %j has the types %j', async (specifiers, names) => {
    expect(await namesOf(...specifiers)).toEqual(names);
  });

  it('takes an absolute path', async () => {
    expect(await namesOf(join(folder, 'two.ts'))).toEqual(['order.placed']);
  });

  it.each([
    ['./missing.ts', /^\.\/missing\.ts does not exist in .*; check the path/],
    [
      '@acme/missing',
      /^the package @acme\/missing is not installed in .*; install it, or begin a path with \.\//,
    ],
    ['one.ts', /^the package one\.ts is not installed in .*; for the file of this name, write \.\/one\.ts$/],
    ['./broken.ts', /^\.\/broken\.ts has a syntax error: .*broken\.ts:2:\d+: ERROR: /],
    ['./none.ts', /^\.\/none\.ts exports no catalog; .* \(its exports are a, b\)$/],
    ['./empty.ts', /exports no catalog; .* \(its exports are none\)$/],
    ['./throws.ts', /^\.\/throws\.ts cannot be loaded: 'Bad Name' is not an event type/],
    ['./async.ts', /^\.\/async\.ts cannot be loaded: 'a\.b'.*async/i],
    [
      './imports.ts',
      /^\.\/imports\.ts cannot be loaded, because a module that it imports is missing: .*gone\.ts/,
    ],
  ])('of %s fails in a sentence', async (specifier, message) => {
    await expect(namesOf(specifier)).rejects.toThrow(message);
  });

  it('fails if two of them define the same type', async () => {
    await expect(namesOf('./one.ts', './same.ts')).rejects.toThrow(
      "'invoice.paid' is defined in ./one.ts and in ./same.ts; remove one of the definitions",
    );
  });
});
