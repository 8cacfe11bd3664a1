/// <reference types="node" />
/**
 * npm runs this for `npm install` in the repository, where the client is used from its sources, and for `npm
 * install path/to/client` in another project. The other project needs a build, so this makes one, or fails with
 * the command that is missing. Without it, the other project would get a package without files.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const client = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = dirname(client);
const { npm_config_local_prefix: project = '', npm_config_global: isGlobal } = process.env;
const isOwnInstall =
  isGlobal !== 'true' && existsSync(project) && realpathSync(project) === realpathSync(repository);

if (!isOwnInstall) build();

function build() {
  if (!existsSync(join(repository, 'node_modules/.bin/tsdown'))) {
    process.stderr.write(
      `@tocsin/client is not built, and its repository is not installed.\nRun "npm install" in ${repository} first.\n`,
    );
    process.exit(1);
  }
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: client,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  process.exit(status ?? 1);
}
