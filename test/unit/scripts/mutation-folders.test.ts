import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface Folder {
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

const folders = JSON.parse(readFileSync(`${root}scripts/mutation-folders.json`, 'utf8')) as Record<
  string,
  Folder
>;

it.each(Object.entries(folders))('the paths of the mutation folder %s exist', (_name, { mutate, tests }) => {
  const paths = [...mutate, ...tests].map((glob) => glob.replace(/\/[^/]*[*{].*$/, ''));
  expect(paths.filter((path) => !existsSync(root + path))).toEqual([]);
});
