import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { styleText } from 'node:util';
import { verifyRaw } from '@tocsin/client/receiver';
import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { runCli } from '../../support/cli-process.ts';
import { useReceiver, useTestApp } from '../../support/fixtures.ts';
import { loginData, subscribe } from '../../support/publishing.ts';
import { Receiver, type ReceivedRequest } from '../../support/receiver.ts';
import { runCommandLineHere } from '../../support/run-command.ts';

const app = useTestApp();
/** The endpoint of webhooks. */
const deployed = useReceiver();

const banData = { userId: 'usr_1', username: 'someone', reason: 'spam', bannedBy: 'usr_2' };

interface Listening {
  /** Resolves when the output so far matches. */
  until(pattern: RegExp): Promise<string>;
  /** Presses Ctrl-C and returns the end. */
  stop(): Promise<{ readonly ended: number | string; readonly output: string; readonly stdout: string }>;
}

interface ListenOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly hasColors?: boolean;
}

/** Starts `tocsin listen` in this process. */
function listen(words: readonly string[], { env, columns, hasColors }: ListenOptions = {}): Listening {
  const interrupt = new AbortController();
  let seen = '';
  const ended = runCommandLineHere(['listen', ...words], {
    env: { TOCSIN_URL: app.url, TOCSIN_TOKEN: app.rootToken, ...env },
    terminal: { columns },
    ...(hasColors === undefined ? {} : { hasColors }),
    interrupted: interrupt.signal,
    onOutput: (output) => (seen = output),
  });
  return {
    until: async (pattern) => {
      await expect.poll(() => seen, { timeout: 10_000, interval: 5 }).toMatch(pattern);
      return seen;
    },
    stop: async () => {
      interrupt.abort();
      return await ended;
    },
  };
}

const publishLogin = async (appId: string, username = 'someone', server: TestApp = app) =>
  (await server.call('events.publish', { appId, event: 'user.login', data: { ...loginData, username } })).id;

const idOf = ({ headers }: ReceivedRequest) => String(headers['webhook-id']);

/** The request as a receiver verifies it. */
function toRequest(request: ReceivedRequest | undefined): Request {
  const { text, headers } = request ?? { text: '', headers: {} };
  // `as`: a delivery has each of its headers once.
  const init = { method: 'POST', body: text, headers: headers as Record<string, string> };
  return new Request('http://localhost/hook', init);
}

/** What a receiver sees, without what each request has of its own. */
const toSeen = ({ method, rawHeaders, text }: ReceivedRequest) => {
  const own = new Set(['host', 'connection']);
  const headers: [string, string | undefined][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    // The marker of a delivery names the installation.
    const value = name === 'x-tocsin-delivery' ? 'present' : rawHeaders[at + 1];
    if (!own.has(name.toLowerCase())) headers.push([name, value]);
  }
  return { method, headers, text };
};

describe('tocsin listen', () => {
  it('sends what a verifying receiver accepts, with the secret that it prints', async () => {
    await using local = await Receiver.start({ answer: { status: 200, body: 'thanks' } });
    const appId = await app.createApp();
    const listening = listen(['--app', appId, '--forward', local.url, '--types', 'user.ban,license.*']);
    const output = await listening.until(/ready/);
    const secret = /secret (whsec_\w+)/.exec(output)?.[1] ?? '';
    await publishLogin(appId);
    const { id } = await app.call('events.publish', { appId, event: 'user.ban', data: banData });
    const [request] = await local.waitFor(1);
    expect(await verifyRaw(toRequest(request), { secret })).toMatchObject({ id, type: 'user.ban' });
    await listening.until(/200 .*user\.ban/);
    const run = await listening.stop();
    expect(run).toMatchObject({ ended: 0 });
    expect(run.stdout).toMatch(new RegExp(`^200  \\S+Z  user\\.ban  ${id}  \\d+ ms  thanks\n$`));
    expect(run.output).toContain('1 event forwarded: 1 accepted, 0 failed\n');
    expect(local.requests).toHaveLength(1);
    // The same for each run, so that the receiver is configured once.
    const printed = await listen(['--app', appId, '--forward', local.url, '--print-secret']).stop();
    expect(printed).toMatchObject({ ended: 0, stdout: `${secret}\n` });
  });

  it.each(['standard', 'authforge', 'authon'])(
    'sends the same request as a webhook of the profile %s',
    async (profile) => {
      await using local = await Receiver.start();
      const { appId, webhookId, secret, publish } = await subscribe(app, deployed.url, { profile });
      await app.call('webhooks.update', { id: webhookId, headers: { 'x-team': 'billing' } });
      const env = { TOCSIN_WEBHOOK_SECRET: secret };
      const listening = listen(['--webhook', webhookId, '--forward', local.url], { env });
      await listening.until(/ready/);
      const id = await publish({ username: 'Zoë "z"' });
      await app.call('events.publish', { appId, event: 'user.ban', data: banData });
      const [[mine], [theirs]] = await Promise.all([
        local.waitFor(1),
        deployed.waitFor(1, { where: (request) => idOf(request) === id }),
      ]);
      const run = await listening.stop();
      expect(run.output).not.toContain(secret);
      if (mine === undefined || theirs === undefined) throw new Error('both have a request');
      const [seen, expected] = [toSeen(mine), toSeen(theirs)];
      // The signature of `standard` covers the second of the attempt.
      const timed = new Set(['webhook-timestamp', 'webhook-signature']);
      const untimed = (headers: typeof seen.headers) => headers.filter(([name]) => !timed.has(name));
      expect({ ...seen, headers: untimed(seen.headers) }).toEqual({
        ...expected,
        headers: untimed(expected.headers),
      });
      expect(seen.headers.map(([name]) => name)).toEqual(expected.headers.map(([name]) => name));
      expect(seen.headers).toContainEqual(['x-team', 'billing']);
    },
  );

  it('signs with a key pair, and prints the public key', async () => {
    await using local = await Receiver.start();
    const appId = await app.createApp();
    const forward = local.url.replace('127.0.0.1', 'localhost');
    const listening = listen(['--app', appId, '--forward', forward, '--signing', 'ed25519']);
    const secret = /secret (whpk_\S+)/.exec(await listening.until(/ready/))?.[1] ?? '';
    const id = await publishLogin(appId);
    const [request] = await local.waitFor(1);
    await listening.until(/200 /);
    expect((await listening.stop()).ended).toBe(0);
    expect(await verifyRaw(toRequest(request), { secret })).toMatchObject({ id });
  });

  it('sends the message of a chat service as a webhook does it', async () => {
    await using local = await Receiver.start();
    const appId = await app.createApp();
    const type = 'listen.shipped';
    const schema = { type: 'object', properties: { orderId: { type: 'string' } } };
    const presentation = {
      title: 'Shipped',
      kind: 'creation',
      fields: [{ key: 'orderId', label: 'Order', style: 'id' }],
    };
    const eventTypes = [{ type, description: 'It left.', schema, example: { orderId: 'o_1' }, presentation }];
    await app.call('eventTypes.register', { eventTypes });
    const url = `${deployed.origin}/chat`;
    await app.call('webhooks.create', { appId, url, events: ['*'], format: 'discord' });
    const { items } = await app.call('webhooks.list', { appId });
    const listening = listen(['--webhook', items[0]?.id ?? '', '--forward', local.url]);
    await listening.until(/ready/);
    const isChat = { where: ({ path }: ReceivedRequest) => path.startsWith('/chat') };
    for (const [count, event] of ['user.login', type].entries()) {
      const data = event === type ? { orderId: 'o_7' } : loginData;
      await app.call('events.publish', { appId, event, data });
      const [mine, theirs] = await Promise.all([
        local.waitFor(count + 1),
        deployed.waitFor(count + 1, isChat),
      ]);
      expect(mine[count]?.text).toBe(theirs[count]?.text);
    }
    await listening.stop();
  });

  it('sends stored events first, the oldest first, and misses and repeats none at the seam', async () => {
    const appId = await app.createApp();
    const stored: string[] = [];
    for (let n = 0; n < 4; n++) stored.push(await publishLogin(appId));
    const fresh: string[] = [];
    await using local = await Receiver.start({
      // Published while the stored ones are sent: after the position of the subscription.
      answer: async () => {
        if (fresh.length < 3) fresh.push(await publishLogin(appId));
        return 200;
      },
    });
    const listening = listen(['--app', appId, '--forward', local.url, '--load-from-last', '3']);
    await local.waitFor(6);
    const last = await publishLogin(appId);
    await local.waitFor(7);
    expect((await listening.stop()).output).toContain('7 events forwarded');
    expect(local.requests.map(idOf)).toEqual([...stored.slice(1), ...fresh, last]);
  });

  it('with --once exits after the stored events: 1 if one was rejected', async () => {
    const appId = await app.createApp();
    const ids = [await publishLogin(appId), await publishLogin(appId)];
    await using local = await Receiver.start();
    const words = ['--app', appId, '--forward', local.url, '--since', '1h', '--once', '--json'];
    const accepted = await runOnce(words);
    expect(accepted.ended).toBe(0);
    const lines = accepted.stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      ...ids.map(
        (id) =>
          expect.objectContaining({
            kind: 'attempt',
            event: expect.objectContaining({ id }) as object,
            accepted: true,
          }) as object,
      ),
      { kind: 'summary', accepted: 2, failed: 0 },
    ]);
    local.answerWith((request) => (idOf(request) === ids[0] ? 500 : 200));
    expect((await runOnce(words)).ended).toBe(1);
    const later = ['--app', appId, '--forward', local.url, '--since', '2999-01-01T00:00:00Z', '--once'];
    expect(await runOnce(later)).toMatchObject({ ended: 0, stdout: '' });
  });

  it('on Ctrl-C waits for the request in flight, and sends no further one', async () => {
    const appId = await app.createApp();
    for (let n = 0; n < 3; n++) await publishLogin(appId);
    let answer = (_status: number): void => undefined;
    const answered = new Promise<number>((resolve) => {
      answer = resolve;
    });
    await using local = await Receiver.start({ answer: async () => await answered });
    const listening = listen(['--app', appId, '--forward', local.url, '--load-from-last', '3']);
    await local.waitFor(1);
    const stopped = listening.stop();
    answer(200);
    const run = await stopped;
    expect(run).toMatchObject({ ended: 0, stdout: expect.stringMatching(/^200 .*\n$/) as string });
    expect(run.output).toContain('1 event forwarded: 1 accepted, 0 failed');
    expect(local.requests).toHaveLength(1);
  });

  it('shows failures, and repeats them with --retries', async () => {
    await using local = await Receiver.start({
      answer: (_request, index) => (index === 0 ? { status: 503, body: 'not\nyet \u001b[31m' } : 200),
    });
    const appId = await app.createApp();
    const listening = listen(['--app', appId, '--forward', local.url, '--retries', '1'], { columns: 400 });
    await listening.until(/ready/);
    const id = await publishLogin(appId);
    await local.waitFor(2);
    await listening.until(/^200 /m);
    const run = await listening.stop();
    expect(run.stdout).toMatch(/^503 .* retry in 1 s  not\\nyet \\u001b\[31m\n200 .*\n$/);
    expect(local.requests.map(idOf)).toEqual([id, id]);
    expect(run).toMatchObject({
      ended: 0,
      output: expect.stringContaining('1 accepted, 0 failed') as string,
    });
  });

  it('names the reason if nothing listens, in color in a terminal only', async () => {
    const closed = await unusedUrl();
    const appId = await app.createApp();
    const listening = listen(['--app', appId, '--forward', closed], { hasColors: true, columns: 60 });
    await listening.until(/ready/);
    await publishLogin(appId);
    await listening.until(/user\.login/);
    const run = await listening.stop();
    expect(run.stdout.split('  ')[0]).toBe(styleText('red', 'connection_refused', { validateStream: false }));
    expect(run.stdout).toMatch(/…\n$/);
    expect(run.output).toContain('0 accepted, 1 failed');
  });

  it('resumes without a gap when the server is away for a while', async () => {
    await using local = await Receiver.start();
    await using first = await startTestApp();
    await using second = await startTestApp({ database: first.database });
    await using door = await startDoor(first.url);
    const appId = await first.createApp();
    const { key } = await first.createKey();
    const env = { TOCSIN_URL: door.url, TOCSIN_TOKEN: key };
    const listening = listen(['--app', appId, '--forward', local.url], { env });
    await listening.until(/ready/);
    const ids = [await publishLogin(appId, 'a', first)];
    await local.waitFor(1);
    door.leadTo(undefined);
    await listening.until(/connection lost/);
    ids.push(await publishLogin(appId, 'b', second));
    door.leadTo(second.url);
    await local.waitFor(2);
    ids.push(await publishLogin(appId, 'c', second));
    await local.waitFor(3);
    const run = await listening.stop();
    expect(run).toMatchObject({ ended: 0, output: expect.stringContaining('connected again') as string });
    expect(local.requests.map(idOf)).toEqual(ids);
  });

  it('gives up on a server that it never reached', async () => {
    await using door = await startDoor(undefined);
    const env = { TOCSIN_URL: door.url, TOCSIN_TOKEN: 'tsk_1' };
    const words = ['listen', '--app', 'app_x', '--forward', 'http://localhost'];
    const run = await runCommandLineHere(words, { env });
    expect(run).toMatchObject({ ended: 1, output: expect.stringMatching(/\(NETWORK\)$/m) as string });
  });

  it.each([
    [['--forward', 'http://localhost:1'], 2, /^--app: is required/],
    [['--app', 'app_x'], 2, /^--forward: is required/],
    [['--app', 'app_x', '--forward', 'localhost:3000/hook'], 2, /^--forward: must be an http or https URL/],
    [['--app', 'app_x', '--forward', 'http://u:p@localhost'], 2, /^--forward: must not contain a user name/],
    [['--app', 'app_x', '--forward', 'http://localhost', '--since', 'soon'], 2, /^--since: must be an ISO/],
    [
      ['--app', 'app_x', '--forward', 'http://localhost', '--load-from-last', '0'],
      2,
      /^--load-from-last: must/,
    ],
    [['--app', 'app_x', '--forward', 'http://localhost', '--once'], 2, /^--once: needs stored events/],
    [['--app', 'app_x', '--forward', 'http://localhost', '--profile', 'x'], 2, /^--profile: must be one of/],
    [
      ['--app', 'app_x', '--forward', 'http://localhost', '--header', 'host: x'],
      2,
      /^--header: .*"host" is set/,
    ],
    [
      ['--app', 'app_x', '--forward', 'http://localhost', '--secret', 'whsk_AAAAAAAA'],
      2,
      /^--secret: is a key of/,
    ],
    [['--app', 'app_missing', '--forward', 'http://localhost'], 1, /\(FORBIDDEN\)$/m],
    [['--webhook', 'wh_000000000000', '--forward', 'http://localhost'], 1, /\(NOT_FOUND\)$/m],
  ])('rejects %j with %i', async (words, ended, text) => {
    const run = await runOnce(words);
    expect([run.ended, run.output]).toEqual([ended, expect.stringMatching(text)]);
  });

  it('is completed like every command', async () => {
    const complete = async (...words: readonly string[]) =>
      (await runCommandLineHere(['complete', '--', ...words], { env: {} })).stdout;
    expect(await complete('li')).toMatch(/^listen\t/m);
    expect(await complete('tri')).toMatch(/^trigger\t/m);
    expect(await complete('listen', '--load')).toMatch(/^--load-from-last\t/m);
    expect(await complete('listen', '--profile', 'auth')).toMatch(/^authforge\t/m);
    expect(await complete('trigger', 'user.ban', '--set-')).toMatch(/^--set-json\t/m);
  });

  it('as a process ends on Ctrl-C with a summary and no color', async () => {
    await using local = await Receiver.start();
    const appId = await app.createApp();
    await publishLogin(appId);
    const run = await runCli(
      'server/src/cli/main.ts',
      ['listen', '--app', appId, '--forward', local.url, '--load-from-last', '1'],
      {
        env: { TOCSIN_URL: app.url, TOCSIN_TOKEN: app.rootToken },
        killWhen: /200 /,
        signal: 'SIGINT',
      },
    );
    expect(run).toMatchObject({ ended: 0, stdout: expect.stringMatching(/^200  /) as string });
    expect(run.output).toMatch(/1 event forwarded: 1 accepted, 0 failed\n$/);
  });
});

const runOnce = async (words: readonly string[]) =>
  await runCommandLineHere(['listen', ...words], {
    env: { TOCSIN_URL: app.url, TOCSIN_TOKEN: app.rootToken },
  });

/** A URL on this machine where nothing listens. */
async function unusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/hook`;
}

/** A server that passes connections on, so that its address stays while what is behind it changes. */
async function startDoor(target: string | undefined) {
  let current = target;
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    const outgoing =
      current === undefined ? undefined : connect({ host: '127.0.0.1', port: Number(new URL(current).port) });
    if (outgoing === undefined) return void incoming.destroy();
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Ends all connections. Undefined: rejects new ones. */
    leadTo: (url: string | undefined) => {
      current = url;
      cut();
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
