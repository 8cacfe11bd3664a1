/**
 * Keeps programs that npm's packages provide, such as releases of Node, in the cache folder of the user.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tocsin');

/**
 * @typedef {object} PackagedProgram
 * @property {string} folder The folder in the cache, such as `node/22`.
 * @property {string} spec The package with its version, such as `node@22`.
 * @property {string} program The path of the program below `node_modules`.
 */

/**
 * Returns the path of a program, and installs it if the cache does not have it.
 *
 * @param {PackagedProgram} wanted
 * @param {readonly string[]} [npmOptions]
 * @returns {{ program: string, problem?: undefined } | { program?: undefined, problem: string }} The program, or why it
 *   cannot be installed.
 */
export function findOrInstall(wanted, npmOptions = []) {
  const program = join(cache, wanted.folder, 'node_modules', wanted.program);
  const problem = existsSync(program) ? undefined : install(wanted, npmOptions);
  return problem === undefined ? { program } : { problem };
}

/**
 * @param {PackagedProgram} wanted
 * @param {readonly string[]} npmOptions
 * @returns {string | undefined} Why it could not be installed.
 */
function install({ folder, spec, program }, npmOptions) {
  const target = join(cache, folder);
  mkdirSync(dirname(target), { recursive: true });
  // Installed in a temporary folder and then moved, so that no run finds an incomplete one.
  const temporary = mkdtempSync(`${target}-`);
  try {
    const options = ['--prefix', temporary, '--no-save', '--no-audit', '--no-fund', ...npmOptions];
    // `npm run --silent` would also silence the errors of this npm.
    const env = { ...process.env, npm_config_loglevel: 'error' };
    const command = ['install', ...options, spec];
    const { status, stderr, error } = spawnSync('npm', command, { cwd: temporary, env, encoding: 'utf8' });
    if (status !== 0) return `npm cannot install ${spec}: ${error?.message ?? firstLine(stderr)}`;
    if (spawnSync(join(temporary, 'node_modules', program), ['--version']).status !== 0)
      return `${spec} does not run on this machine`;
    rmSync(target, { recursive: true, force: true });
    renameSync(temporary, target);
    return undefined;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** @param {string} text */
function firstLine(text) {
  return text.trim().split('\n')[0] ?? '';
}
