import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the admin UI and installs Chromium before the first browser test. The tests run in parallel, and two
 * installations at once would conflict.
 */
export function setup(): void {
  buildAdmin();
  if (findChromium() === undefined) installChromium();
}

/** As `npm start` does before it starts. */
function buildAdmin(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build-admin.mjs', '--if-stale'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0 || stderr.includes('not built')) throw new Error(`the admin UI was not built: ${stderr}`);
}

/** Installs Debian's package. Prints why the run waits. */
function installChromium(): void {
  console.log('chromium: installing with apt-get');
  const options = { stdio: 'pipe', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
}
