import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type BrowserContextOptions } from 'playwright-core';

/** The programs of Debian first, then those of other systems. The shell is Chromium without its own windows and needs less. */
const names = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
];

/** No request of the browser itself leaves the machine. */
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Chromium extends AsyncDisposable {
  /** Opens a browser context with its own cookies and storage. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
}

/** Starts a real Chromium with a fresh profile. */
export async function startChromium(): Promise<Chromium> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(`none of ${names.join(', ')} is on the PATH`);
  const profile = await mkdtemp(join(tmpdir(), 'tocsin-chromium-'));
  // The profile also holds its caches and crash reports, so that disposing removes them.
  const env = { ...definedEnv(), HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile };
  const browser = await chromium.launch({ executablePath, args, env });
  return {
    newContext: (options) => browser.newContext({ serviceWorkers: 'block', ...options }),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

export function findChromium(): string | undefined {
  for (const name of names) {
    const { status, stdout } = spawnSync('which', [name], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  return undefined;
}

function definedEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
