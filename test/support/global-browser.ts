import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findChromium } from './chromium.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the admin UI and installs Chromium before the first browser test. The tests run in parallel, and two
 * installations at once would conflict.
 */
export async function setup(): Promise<void> {
  await buildAdmin();
  if (findChromium() === undefined) await installChromium();
}

/** As `npm start` does before it starts. */
async function buildAdmin(): Promise<void> {
  const { stderr } = await run(process.execPath, ['scripts/build-admin.mjs', '--if-stale'], { cwd: root });
  if (stderr.includes('not built')) throw new Error(`the admin UI was not built: ${stderr}`);
}

/** Installs a package of Debian, whose older releases have no shell. Prints why the run waits. */
async function installChromium(): Promise<void> {
  console.log('chromium: installing with apt-get');
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 64 * 1024 ** 2 };
  await run('apt-get', ['update', '-qq'], options);
  const install = (name: string) =>
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], options);
  await install('chromium-headless-shell').catch(() => install('chromium'));
}
