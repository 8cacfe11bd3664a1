/**
 * Generates client/src/procedures/types/ from the schemas of shared/src: the inputs and results of procedures, with
 * the descriptions of their fields as comments. With `--check`, writes nothing and fails if a file is out of date.
 *
 * Types that are inferred from schemas would lose the comments, have no names in hovers, and require zod.
 *
 *   node --conditions=@tocsin/source --import tsx scripts/write-client-types.ts [--check]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { typeFiles } from './client-types/type-list.ts';
import { writeTypeFile } from './client-types/write-type-file.ts';
import { formatPage } from './format-page.ts';

for (const file of typeFiles) {
  const name = `client/src/procedures/types/${file.name}.ts`;
  const path = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const expected = await formatPage(path, writeTypeFile(file));
  if (!process.argv.includes('--check')) {
    await writeFile(path, expected);
  } else if ((await readFile(path, 'utf8').catch(() => '')) !== expected) {
    console.error(`${name} is out of date: run npm run docs:generate`);
    process.exitCode = 1;
  }
}
