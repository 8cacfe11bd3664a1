/// <reference types="node" />
/**
 * Writes the generated pages of docs/: access.md, configuration.md and destinations.md. With `--check`,
 * writes nothing and exits with 1 if a page is out of date.
 *
 *   npm run docs:generate [-- --check]
 */
import { spawnSync } from 'node:child_process';
import { readArguments } from './arguments.mjs';

const { values } = readArguments('npm run docs:generate [-- --check]', {
  options: { check: { type: 'boolean', default: false } },
});
const writers = ['write-access-matrix', 'write-configuration', 'write-destinations'];

for (const writer of writers) {
  const script = ['--conditions=@tocsin/source', '--import', 'tsx', `scripts/${writer}.ts`];
  const { status } = spawnSync(process.execPath, [...script, ...(values.check ? ['--check'] : [])], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
