import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isFullRun } from '../../package/on-demand.ts';
import { useTestApp } from '../../support/fixtures.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const app = useTestApp();

/** Runs a service until it exits. */
async function runService(command: string, args: readonly string[], folder: string): Promise<string> {
  const { key } = await app.createKey({
    scopes: ['apps:write', 'webhooks:write', 'events:publish', 'events:read'],
  });
  const env = { ...process.env, PORT: '0', TOCSIN_URL: app.url, TOCSIN_TOKEN: key };
  const { stdout } = await run(command, args, { cwd: `${root}/${folder}`, env });
  return stdout;
}

const walk =
  /^webhook wh_\w+ sends to \S+\npublished (evt_\w+)\nreceived and verified \1: license\.revoked \S+\nexplained: delivered\. /;

describe('a service without the client', { timeout: 300_000 }, () => {
  it('in Python publishes, receives, verifies and asks what happened', async () => {
    expect(await runService('python3', ['-B', 'service.py'], 'examples/python')).toMatch(walk);
  });

  // The compiler takes long, so it runs on demand: TEST_RELEASE=true.
  it.skipIf(!isFullRun)('in Go publishes, receives, verifies and asks what happened', async () => {
    expect(await runService('go', ['run', '.'], 'examples/go')).toMatch(walk);
  });
});
