/// <reference types="node" />
/**
 * Makes `npm start` and `npm test` work right after a clone or a pull: checks the Node version, and runs `npm
 * ci` if node_modules does not match package-lock.json. Uses no dependencies, because it runs before they are
 * installed.
 */
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startProgress } from './progress.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, 'package-lock.json');
// npm's own list of installed packages.
const installedFile = join(root, 'node_modules', '.package-lock.json');
const oldestNode = [20, 19];
/** The end of npm's output names the cause. */
const maxErrorLines = 30;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
  fail(`Tocsin requires Node ${oldestNode.join('.')} or newer. This is Node ${process.versions.node}.`);
}

const reason = reasonToInstall();
if (reason !== undefined) await install(reason);

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
async function install(reason) {
  const total = countPackages();
  const fetched = new Set();
  const progress = startProgress(`Installing dependencies (${reason})`, () =>
    fetched.size === 0
      ? ''
      : fetched.size < total
        ? `${fetched.size} of about ${total} packages,`
        : 'unpacking,',
  );
  // Includes development packages even if NODE_ENV is production, because the check above expects them.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=http'];
  // npm is a batch file on Windows, which needs a shell.
  const child = spawn('npm', args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  /** @type {string[]} The lines for people: all but the requests. */
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      const request = /^npm http (?:fetch GET|cache) (?:200 )?(\S+)/.exec(line);
      if (request === null) lines.push(line);
      else if (request[1] !== undefined) fetched.add(request[1]);
    });
  }
  const status = await new Promise((resolve) => {
    child.on('error', (error) => {
      lines.push(error.message);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
  if (status === 0) {
    progress.end('Installed the dependencies');
    return;
  }
  progress.end('The dependencies were not installed');
  const output = lines.filter((line) => line.trim() !== '').slice(-maxErrorLines);
  fail(
    `${output.join('\n')}\nnpm ci failed. Check the network and the registry (npm ping), then run the command again.`,
    status,
  );
}

/** Packages that npm downloads on this system, about: some optional ones are for others. */
function countPackages() {
  return Object.values(readPackages(lockFile)).filter(
    ({ integrity, optional }) => integrity !== undefined && optional !== true,
  ).length;
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message, status = 1) {
  console.error(message);
  process.exit(status);
}
