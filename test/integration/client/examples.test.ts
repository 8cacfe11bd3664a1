import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { signStandard } from '@tocsin/shared';
import { describe, expect, it } from 'vitest';
import { acceptAll, getEvents, httpDouble } from './http-double.ts';
import { compiler } from '../../support/compilers.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const secret = 'whsec_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c';
const body = JSON.stringify({
  type: 'license.revoked',
  timestamp: '2026-04-10T15:30:00.000Z',
  data: { licenseKey: 'A3K9-BFWX-7NP2-QHDT', appId: 'app_1', status: 'revoked' },
});

interface Program extends AsyncDisposable {
  readonly url: string;
  /** Returns the output so far. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

/** Starts an example and waits until it prints its address. */
async function start(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Program> {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, PORT: '0', ...env } });
  let output = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const listening = /listening on (http:\S+)/;
  await expect.poll(() => output, { timeout: 60_000 }).toMatch(listening);
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { url: listening.exec(output)?.[1] ?? '', output: () => output, stop, [Symbol.asyncDispose]: stop };
}

const tsx = ['--conditions=@tocsin/source', '--import', 'tsx'];
const receivers: [name: string, command: string, args: string[]][] = [
  ['express', 'node', [...tsx, 'examples/express-receiver.ts']],
  ['fastify', 'node', [...tsx, 'examples/fastify-receiver.ts']],
  ['hono', 'node', [...tsx, 'examples/hono-receiver.ts']],
  ['python', 'python3', ['-B', 'examples/python-receiver/receiver.py']],
];

describe('the examples', { timeout: 120_000 }, () => {
  it.each(receivers)('%s accepts a signed event and rejects a forged one', async (_name, command, args) => {
    await using receiver = await start(command, args, { WEBHOOK_SECRET: secret });
    const timestamp = Math.floor(Date.now() / 1000);
    const headers = {
      'content-type': 'application/json',
      'webhook-id': 'evt_1',
      'webhook-timestamp': String(timestamp),
      'webhook-signature': await signStandard(secret, { id: 'evt_1', timestamp, body }),
    };
    const post = (text: string) => fetch(`${receiver.url}/webhooks`, { method: 'POST', headers, body: text });
    expect((await post(body)).status).toBe(200);
    expect((await post(body.replace('app_1', 'app_2'))).status).toBe(401);
    await expect.poll(receiver.output).toContain('lock A3K9-BFWX-7NP2-QHDT');
    await expect.poll(receiver.output).toContain('rejected:');
  });

  it('publisher publishes each revocation once, and exits on SIGTERM', async () => {
    await using server = await httpDouble(acceptAll);
    await using publisher = await start('node', [...tsx, 'examples/publisher.ts'], {
      TOCSIN_URL: server.url,
      TOCSIN_TOKEN: 'tsk_1',
    });
    const url = `${publisher.url}/licenses/A3K9-BFWX/revoke`;
    const answer = await fetch(url, { method: 'POST', headers: { connection: 'close' } });
    expect(await answer.json()).toEqual({ licenseKey: 'A3K9-BFWX', eventId: 'evt of revoke-A3K9-BFWX' });
    await publisher.stop();
    expect(server.seen.flatMap(getEvents)).toMatchObject([{ event: 'license.revoked', appId: 'app_xyz789' }]);
  });

  it('compile against the client’s types', async () => {
    const { stdout } = await run(compiler, ['-b', 'examples'], { cwd: root }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });

  it('in Python verify all test vectors correctly', async () => {
    const { stdout } = await run(
      'python3',
      ['-B', 'examples/python-receiver/check_vectors.py', 'shared/vectors'],
      { cwd: root },
    );
    expect(stdout).toContain('18 vectors checked, 0 wrong');
  });

  it('use vectors that Python still computes', async () => {
    const { stdout } = await run('python3', ['-B', 'shared/vectors/generate.py', '--check'], { cwd: root });
    expect(stdout).toContain('19 vectors');
  });
});
