import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'client/README.md',
  'server/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`),
];

it('no page runs a package that npm would take from the registry if it is not installed', () => {
  const found = pages.flatMap((page) =>
    readFileSync(join(root, page), 'utf8')
      .split('\n')
      .filter((line) => /\bnpx (?:@tocsin\/|tocsin)/.test(line) && !line.startsWith('Do not run'))
      .map((line) => `${page}: ${line}`),
  );
  expect(found).toEqual([]);
});
