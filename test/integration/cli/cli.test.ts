import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { toDeliveryId } from '../../../server/src/domain/ids.ts';
import type { DeliveryDoc } from '../../../server/src/store/mongo/documents/delivery.ts';
import { createIds } from '../../../server/src/services/common/ids.ts';
import { startTestApp } from '../../support/app.ts';
import { runCli } from '../../support/cli-process.ts';
import { findBundle } from '../../support/find-bundle.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { subscribe } from '../../support/publishing.ts';
import { Receiver } from '../../support/receiver.ts';
import { runCommandLineHere, type CommandLineOptions } from '../../support/run-command.ts';

const app = useTestApp({ env: { RETRY_SCHEDULE: '1ms' } });

/** Runs a command line in this process. */
const tocsin = async (args: readonly string[], { env }: Partial<CommandLineOptions> = {}) =>
  await runCommandLineHere(args, { env: { TOCSIN_URL: app.url, TOCSIN_TOKEN: app.rootToken, ...env } });

/** Creates an app with `count` failed deliveries to a receiver that now accepts them. */
async function failures(receiver: Receiver, count: number): Promise<string> {
  receiver.answerWith(500);
  const { publish, webhookId } = await subscribe(app, receiver.url);
  await Promise.all(Array.from({ length: count }, () => publish()));
  await app.whenIdle();
  receiver.answerWith(200);
  return webhookId;
}

const program = 'server/src/cli/main.ts';
const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

const since = '2020-01-01T00:00:00Z';

describe('tocsin', () => {
  it.each([
    [['--help'], 0, /^Usage: tocsin <command> \[options\]/],
    [[], 2, /^Usage: tocsin <command> \[options\]/],
    [['keys', 'create', '--help'], 0, /--scope <scope> [^]*required;\s+repeatable\)/],
    [['keys'], 2, /^Usage: tocsin keys <command> \[options\]/],
    [['key', 'list'], 2, /^unknown command "key"; did you mean "keys"\?/],
    [['keys', 'lst'], 2, /^unknown command "keys lst"; did you mean "keys list"\?/],
    [['replay', '--webhok', 'x'], 2, /^unknown option --webhok; did you mean --webhook\?/],
    [['replay', '--webhook', 'wh_1', '--since', since], 2, /^--webhook: must be wh_ and 12 hex digits/],
    [['keys', 'create', '--name', 'x'], 2, /^--scope: is required/],
    [['check', '--snapshot', 'x', './no-catalog.ts'], 2, /^\.\/no-catalog\.ts does not exist in/],
  ])('%j ends with %i', async (args, ended, text) => {
    const run = await tocsin(args);
    expect([run.ended, run.output]).toEqual([ended, expect.stringMatching(text)]);
  });

  it('makes an app and a key that works, alone on standard output', async () => {
    const id = `app_${randomBytes(4).toString('hex')}`;
    const made = await tocsin(['apps', 'create', '--name', 'By hand', '--id', id]);
    expect([made.ended, made.stdout]).toEqual([0, `${id}\n`]);
    const key = await tocsin(['keys', 'create', '--name', 'Reader', '--scope', 'deliveries:read']);
    expect([key.ended, key.stdout]).toEqual([0, expect.stringMatching(/^tsk_\w+\n$/)]);
    const answer = await app.trpc('deliveries.list', {}, { token: key.stdout.trim() });
    expect(answer.status).toBe(200);
  });

  it('audits: 0 and the counts when all is accounted for, 3 and what is missing when not', async () => {
    await using receiver = await Receiver.start();
    await using own = await startTestApp();
    const { publish } = await subscribe(own, receiver.url);
    const eventId = await publish();
    await own.whenIdle();
    const env = { TOCSIN_URL: own.url, TOCSIN_TOKEN: own.rootToken };
    const sound = await tocsin(['audit'], { env });
    expect([sound.ended, sound.stdout]).toEqual([0, expect.stringContaining('1 delivered, 0 pending')]);
    await own.db.collection<DeliveryDoc>('deliveries').deleteOne({ _id: toDeliveryId(eventId, 0) });
    const found = await tocsin(['audit', '--json'], { env });
    expect(found.ended).toBe(3);
    expect(JSON.parse(found.stdout)).toMatchObject({
      unexplained: 1,
      findings: [{ kind: 'event_without_delivery', id: eventId }],
    });
  });

  it('prints JSON with --json', async () => {
    const run = await tocsin(['apps', 'create', '--name', 'By script', '--json']);
    expect(JSON.parse(run.stdout)).toMatchObject({
      id: expect.stringMatching(/^app_/) as string,
      name: 'By script',
    });
    const refused = await tocsin(['apps', 'create', '--name', 'x', '--json'], {
      env: { TOCSIN_TOKEN: 'tsk_nobody_has_this_key' },
    });
    expect(refused.ended).toBe(1);
    expect(JSON.parse(refused.output)).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
  });

  it('names what is missing or wrong without repeating the token', async () => {
    const none = await tocsin(['apps', 'create', '--name', 'x'], { env: { TOCSIN_TOKEN: '' } });
    expect([none.ended, none.output]).toEqual([2, expect.stringContaining('TOCSIN_TOKEN: must be set')]);
    const token = 'root_not_of_this_server';
    const wrong = await tocsin(['apps', 'create', '--name', 'x'], { env: { TOCSIN_TOKEN: token } });
    expect([wrong.ended, wrong.output]).toEqual([1, expect.stringContaining('UNAUTHENTICATED')]);
    expect(wrong.output).not.toContain(token);
    const away = await tocsin(['apps', 'create', '--name', 'x'], {
      env: { TOCSIN_URL: 'http://127.0.0.1:9' },
    });
    expect([away.ended, away.output]).toEqual([1, expect.stringContaining('NETWORK')]);
  });

  it('runs a server, also with DELIVERY_HOLD, until a signal ends it', async () => {
    const run = await runCli(program, ['start', '--port', '0', '--hold'], {
      killWhen: /running at/,
      signal: 'SIGTERM',
      env: {
        MONGODB_URI: inject('mongoUri').replace(/\/(\?|$)/, `/cli_${randomBytes(6).toString('hex')}$1`),
        ROOT_TOKEN: 'root_token_of_the_tests',
        ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      },
    });
    expect([run.ended, run.output]).toEqual([0, expect.stringContaining('DELIVERY_HOLD is set')]);
    expect(run.output).toContain('stopped');
  });
});

describe('tocsin completion', () => {
  it('completes in bash, and evaluates nothing that was typed', async () => {
    const script = `
      tocsin() { ${process.execPath} ${findBundle(program)} "$@"; }
      source <(tocsin completion bash)
      complete_line() { COMP_LINE="$1"; COMP_POINT=\${#1}; _tocsin; echo "\${COMPREPLY[*]}"; }
      complete_line 'tocsin keys create --scope events:'
      complete_line 'tocsin events publish --data $(echo evaluated >&2) --typ'
    `;
    const { stdout, stderr } = await execute('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
      cwd: root,
    });
    expect([stdout, stderr]).toEqual(['publish read consume\n--type\n', '']);
  });
});

describe('tocsin replay', () => {
  it('counts, replays, and prints progress until all deliveries are in the queue', async () => {
    await using receiver = await Receiver.start();
    const webhookId = await failures(receiver, 3);
    const args = ['replay', '--webhook', webhookId, '--since', since];
    const counted = await tocsin([...args, '--dry-run', '--json']);
    expect([counted.ended, JSON.parse(counted.stdout)]).toEqual([0, { jobId: null, count: 3 }]);
    const before = receiver.requests.length;
    const run = await tocsin(args);
    expect([run.ended, run.output]).toEqual([0, expect.stringContaining('3 failed deliveries match')]);
    expect(run.stdout).toMatch(/^rpl_\w+ is done: 3 of 3 deliveries queued\n$/);
    await receiver.waitFor(before + 3);
  });

  it('leaves the job running when it is interrupted, and prints so', async () => {
    await using receiver = await Receiver.start();
    // A server that works on no replay, so that there is time.
    await using held = await startTestApp({ env: { DELIVERY_HOLD: 'true' } });
    const { appId, webhookId } = await subscribe(held, receiver.url);
    const at = new Date();
    const eventId = createIds().event(at.getTime());
    await held.db.collection<DeliveryDoc>('deliveries').insertOne({
      appId,
      accountId: 'acc_default',
      webhookId,
      status: 'failed',
      type: 'user.login',
      attempts: [],
      attemptCount: 1,
      at,
      _id: toDeliveryId(eventId, 0),
      eventId,
      finishedAt: at,
    });
    // The file that `tocsin` finds, with plain node.
    const run = await runCli('server/bin/tocsin.mjs', ['replay', '--webhook', webhookId, '--since', since], {
      env: { TOCSIN_URL: held.url, TOCSIN_TOKEN: held.rootToken },
      killWhen: /0 of 1 deliveries queued/,
      signal: 'SIGINT',
    });
    expect([run.ended, run.output]).toEqual([130, expect.stringMatching(/rpl_\w+ continues/)]);
    const { items } = await held.call('deliveries.replays', { webhookId });
    expect(items).toMatchObject([{ status: 'running', total: 1, done: 0 }]);
  });
});
