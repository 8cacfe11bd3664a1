/// <reference types="node" />
/**
 * Runs the tests with other releases of Node, which npm's package `node` provides. Keeps them in the cache folder of the
 * user.
 *
 *   node scripts/test-node.mjs <26 | --all | --other> [--skip-missing] [arguments of vitest run]
 *
 *   24, 26 ...       this release
 *   --all            each supported release, one after the other
 *   --other          one supported release that does not run this script
 *   --skip-missing   succeeds if a release cannot be installed, and says so
 */
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOrInstall } from './install-program.mjs';
import { nodeReleases } from './node-releases.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const [wanted = '', ...options] = process.argv.slice(2);
const vitestOptions = options.filter((option) => option !== '--skip-missing');
const skipsMissing = vitestOptions.length < options.length;
process.exitCode =
  selectReleases(wanted)
    .map(runTests)
    .find((status) => status !== 0) ?? 0;

/**
 * @param {string} name
 * @returns {readonly string[]}
 */
function selectReleases(name) {
  const own = process.versions.node.split('.')[0];
  if (name === '--all') return nodeReleases;
  if (name === '--other') return nodeReleases.filter((release) => release !== own).slice(-1);
  if (/^\d+$/.test(name)) return [name];
  console.error(`Name a release of Node, such as ${nodeReleases.at(-1)}, or --all.`);
  process.exit(2);
}

/**
 * @param {string} release
 * @returns {number} The exit code.
 */
function runTests(release) {
  const wanted = { folder: `node/${release}`, spec: `node@${release}`, program: 'node/bin/node' };
  const { program, problem } = findOrInstall(wanted);
  if (problem !== undefined) {
    console.log(`${skipsMissing ? 'skipped' : 'failed'}: tests on Node ${release} (${problem})`);
    return skipsMissing ? 0 : 1;
  }
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  console.log(`Tests on Node ${stdout.trim()}`);
  // Also for programs that the tests start by name.
  const env = { ...process.env, PATH: [dirname(program), process.env.PATH].join(delimiter) };
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  return (
    spawnSync(program, [vitest, 'run', ...vitestOptions], { cwd: root, env, stdio: 'inherit' }).status ?? 1
  );
}
