import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { loginData } from '../../support/publishing.ts';

const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A caller that never closes its side. */
async function open({ url }: Pick<TestApp, 'url'>, text = ''): Promise<Socket> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket.on('error', () => {}));
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return socket;
}

/** Open connections as the operating system counts them. */
const countIn = ({ app }: TestApp) =>
  new Promise<number>((resolve, reject) => {
    app.http.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });

const floodOf = async (app: TestApp, count: number) => {
  for (let index = 0; index < count; index++) await open(app, index % 2 === 0 ? '' : 'GET /healthz HT');
};

const roles = ['all', 'worker'] as const;

// Both roles in one test, because it waits for the longest time limit.
it('silent callers and slow headers are closed, although the caller does not close', async () => {
  await Promise.all(
    roles.map(async (role) => {
      await using app = await startTestApp({ env: { ROLE: role } });
      await floodOf(app, 6);
      await expect.poll(() => countIn(app)).toBe(6);
      await expect.poll(() => countIn(app), { timeout: 40_000 }).toBe(0);
    }),
  );
});

describe.each(roles)('with the role %s', (role) => {
  it('the limits of a request are those that SECURITY.md names', async () => {
    await using app = await startTestApp({ env: { ROLE: role } });
    expect(app.app.http.server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000 });
  });

  it('requests that are not HTTP, or too large, are closed after their response', async () => {
    await using app = await startTestApp({ env: { ROLE: role } });
    const texts = ['NOT HTTP\r\n\r\n', `GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`];
    const responses: string[] = [];
    for (const text of texts) {
      const socket = await open(app, text);
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      responses.push(chunk.toString().slice(0, 12));
    }
    expect(responses).toEqual(['HTTP/1.1 400', 'HTTP/1.1 431']);
    await expect.poll(() => countIn(app)).toBe(0);
  });

  it('a flood of silent connections leaves room for others', async () => {
    await using app = await startTestApp({ env: { ROLE: role, MAX_CONNECTIONS_PER_ADDRESS: '4' } });
    await floodOf(app, 12);
    expect((await app.rest('GET', '/healthz')).status).toBe(200);
    expect(await countIn(app)).toBeLessThanOrEqual(4);
  });
});

it.each(roles)('the graceful shutdown does not wait for silent callers: role %s', async (role) => {
  const app = await startTestApp({ env: { ROLE: role } });
  await floodOf(app, 4);
  await expect.poll(() => countIn(app)).toBe(4);
  await app[Symbol.asyncDispose]();
  for (const socket of sockets) socket.resume();
  await expect.poll(() => sockets.every((one) => one.readableEnded || one.destroyed)).toBe(true);
});

it('the limit per address does not apply to a trusted proxy', async () => {
  await using app = await startTestApp({
    env: { MAX_CONNECTIONS_PER_ADDRESS: '2', TRUST_PROXY: '127.0.0.1' },
  });
  await floodOf(app, 8);
  await expect.poll(() => countIn(app)).toBe(8);
});

it('a live subscription survives a flood and the sweep of idle connections', async () => {
  await using app = await startTestApp({ env: { MAX_CONNECTIONS_PER_ADDRESS: '4' } });
  const appId = await app.createApp();
  const { key } = await app.createKey();
  const input = encodeURIComponent(JSON.stringify({ appId }));
  const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' };
  const response = await fetch(`${app.url}/trpc/events.subscribe?input=${input}`, { headers });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let received = '';
  const reading = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      received += Buffer.from(part.value).toString();
    }
  })();
  // The first item has the position from which on the subscription gets events.
  await expect.poll(() => received).toContain('id: ');
  await floodOf(app, 12);
  const { id } = await app.call('events.publish', { appId, event: 'user.login', data: loginData });
  await expect.poll(() => received).toContain(id);
  await reader.cancel();
  await reading;
});
