/// <reference types="node" />
/**
 * Writes the generated pages of docs/, access.md, configuration.md and destinations.md, and the types of
 * client/src/procedures/types/. With `--check`, writes nothing and exits with 1 if a file is out of date.
 *
 *   npm run docs:generate [-- --check]
 */
import { spawnSync } from 'node:child_process';
import { readArguments } from './arguments.mjs';

const { values } = readArguments('npm run docs:generate [-- --check]', {
  options: { check: { type: 'boolean', default: false } },
});
const writers = ['write-access-matrix', 'write-configuration', 'write-destinations', 'write-client-types'];

for (const writer of writers) {
  const script = ['--conditions=@tocsin/source', '--import', 'tsx', `scripts/${writer}.ts`];
  const { status } = spawnSync(process.execPath, [...script, ...(values.check ? ['--check'] : [])], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
