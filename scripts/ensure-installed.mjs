/// <reference types="node" />
/**
 * Makes `npm start` and `npm test` work right after a clone or a pull: checks the Node version, and runs `npm
 * ci` if node_modules does not match package-lock.json. Uses no dependencies, because it runs before they are
 * installed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, 'package-lock.json');
// npm's own list of installed packages.
const installedFile = join(root, 'node_modules', '.package-lock.json');
const oldestNode = [20, 19];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  fail(`Tocsin requires Node ${oldestNode.join('.')} or newer. This is Node ${process.versions.node}.`);
}

const reason = reasonToInstall();
if (reason !== undefined) install(reason);

/** @returns {string | undefined} */
function reasonToInstall() {
  let installed;
  try {
    if (statSync(installedFile).mtimeMs < statSync(lockFile).mtimeMs) return 'package-lock.json is newer';
    installed = readPackages(installedFile);
  } catch {
    return 'node_modules is missing';
  }
  for (const [path, wanted] of Object.entries(readPackages(lockFile))) {
    const found = installed[path];
    // The lock file also lists packages for other systems, which npm does not install.
    const mayBeMissing = wanted.optional === true || wanted.devOptional === true;
    if (path === '' || (found === undefined && mayBeMissing)) continue;
    if (found?.version !== wanted.version || found?.integrity !== wanted.integrity) return `${path} differs`;
  }
  return undefined;
}

/**
 * @typedef {{ version?: string; integrity?: string; optional?: boolean; devOptional?: boolean }} Package
 * @param {string} path
 */
function readPackages(path) {
  const file = /** @type {{ packages: Record<string, Package> }} */ (JSON.parse(readFileSync(path, 'utf8')));
  return file.packages;
}

/** @param {string} reason */
function install(reason) {
  console.error(`Installing dependencies with npm ci (${reason}) ...`);
  // Includes development packages even if NODE_ENV is production, because the check above expects them.
  const { status, error, stdout, stderr } = spawnSync(
    'npm',
    ['ci', '--include=dev', '--no-audit', '--no-fund'],
    {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (status === 0) return;
  const output = `${stdout ?? ''}${stderr ?? ''}`.trim();
  fail(`${output}\nnpm ci failed${error === undefined ? '' : `: ${error.message}`}.`, status ?? 1);
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message, status = 1) {
  console.error(message);
  process.exit(status);
}
