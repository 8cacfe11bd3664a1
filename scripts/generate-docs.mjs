/// <reference types="node" />
/**
 * Writes the generated pages of docs/: access.md, configuration.md and destinations.md. With `--check`,
 * writes nothing and exits with 1 if a page is out of date.
 *
 *   npm run docs:generate [-- --check]
 */
import { spawnSync } from 'node:child_process';

const writers = ['write-access-matrix', 'write-configuration', 'write-destinations'];

for (const writer of writers) {
  const script = ['--conditions=@tocsin/source', '--import', 'tsx', `scripts/${writer}.ts`];
  const { status } = spawnSync(process.execPath, [...script, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
