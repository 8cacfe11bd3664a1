import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ConnectionGuard,
  type ConnectionGuardOptions,
} from '../../../../server/src/transport/http/connection-guard.ts';

/** The guard looks once a second. */
const patient = { timeout: 20_000 };

const opened: { guard: ConnectionGuard; server: Server; sockets: Socket[] }[] = [];

afterEach(() => {
  for (const { guard, server, sockets } of opened.splice(0)) {
    guard.stop();
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  }
});

/** A guarded server. Requests to /held are authenticated and get no response. */
async function start(options: Partial<ConnectionGuardOptions> = {}, more: RequestListener = () => {}) {
  const closed: string[] = [];
  const guard = new ConnectionGuard({
    maxConnections: 100,
    maxPerAddress: 100,
    descriptorLimit: () => undefined,
    isTrustedProxy: () => false,
    idleMs: 60_000,
    meter: { countClosedConnection: (cause) => void closed.push(cause) },
    ...options,
  });
  const server = createServer((request, response) => {
    if (request.url !== '/anonymous' && request.url !== '/') guard.markAuthenticated(request);
    if (request.url === '/ok' || request.url === '/') response.end('ok');
    more(request, response);
  });
  guard.watch(server);
  const sockets: Socket[] = [];
  opened.push({ guard, server, sockets });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async (request = '', from = '127.0.0.1') => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen: true });
    sockets.push(socket.on('error', () => {}));
    await once(socket, 'connect');
    if (request !== '') socket.write(request);
    return socket;
  };
  const get = async (path: string, from?: string) =>
    await open(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, from);
  return { guard, server, closed, open, get, size: () => guard.size };
}

const answered = async (socket: Socket) => String((await once(socket, 'data'))[0]).split('\r\n', 1)[0];
const untilClosed = async (socket: Socket) => await expect.poll(() => isOpen(socket), patient).toBe(false);
const isOpen = (socket: Socket) => !socket.readableEnded && !socket.destroyed;

describe('at the limit of an address', () => {
  it('a new connection takes the place of the silent one that waits longest', async () => {
    const { open, get, closed, size } = await start({ maxPerAddress: 2 });
    const first = await open();
    await expect.poll(size, patient).toBe(1);
    const second = await open();
    await expect.poll(size, patient).toBe(2);

    const third = await get('/ok');

    expect(await answered(third)).toBe('HTTP/1.1 200 OK');
    await untilClosed(first);
    expect([isOpen(second), closed, size()]).toEqual([true, ['limit'], 2]);
  });

  it('a connection whose caller is known outlives those that never authenticated', async () => {
    const { open, get, size } = await start({ maxPerAddress: 2 });
    const known = await get('/ok');
    await answered(known);
    const silent = await open();
    await expect.poll(size, patient).toBe(2);
    await open();
    await untilClosed(silent);

    known.write('GET /ok HTTP/1.1\r\nHost: x\r\n\r\n');

    expect(await answered(known)).toBe('HTTP/1.1 200 OK');
  });

  it('a request that is not authenticated gives way, one that is authenticated does not', async () => {
    const requests: string[] = [];
    const { open, get, size, closed } = await start(
      { maxPerAddress: 2 },
      ({ url = '' }) => void requests.push(url),
    );
    const anonymous = await get('/anonymous');
    const held = await get('/held');
    await expect.poll(() => requests.length, patient).toBe(2);
    await get('/held');
    await untilClosed(anonymous);
    await expect.poll(() => requests.length, patient).toBe(3);

    await untilClosed(await open());

    expect([isOpen(held), size(), closed]).toEqual([true, 2, ['limit', 'limit']]);
  });

  it('other addresses and trusted proxies are not affected', async () => {
    const { open, size, closed } = await start({
      maxPerAddress: 1,
      isTrustedProxy: (address) => address === '127.0.0.3',
    });
    for (const from of ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.3']) await open('', from);
    await expect.poll(size, patient).toBe(4);
    expect(closed).toEqual([]);
  });
});

describe('the limit of all connections', () => {
  it('holds for many addresses together, also for trusted proxies', async () => {
    const { open, get, size, closed } = await start({ maxConnections: 3, isTrustedProxy: () => true });
    for (let last = 1; last <= 6; last++) await open('', `127.0.0.${last}`);
    expect(await answered(await get('/ok'))).toBe('HTTP/1.1 200 OK');
    expect([size(), closed.length]).toEqual([3, 4]);
  });

  it('is half of the descriptors that the process may have, also when these become fewer', async () => {
    let descriptors = 20;
    const { open, size } = await start({ descriptorLimit: () => descriptors });
    for (let count = 0; count < 12; count++) await open();
    await expect.poll(size, patient).toBe(10);
    descriptors = 8;
    await open();
    await expect.poll(size, patient).toBe(4);
  });
});

describe('a connection without progress', () => {
  it('is closed if the caller reads no byte of its response', async () => {
    const endless: RequestListener = ({ url }, response) => {
      if (url !== '/endless') return;
      const write = () => {
        while (response.write(Buffer.alloc(65_536)));
        response.once('drain', write);
      };
      write();
    };
    const { get, size, closed } = await start({ stallMs: 100 }, endless);
    (await get('/endless')).pause();
    await expect.poll(size, patient).toBe(1);
    await expect.poll(size, patient).toBe(0);
    expect(closed).toEqual(['slow_response']);
  });

  it('is closed if the caller sends no request, although it sends bytes', async () => {
    const { get, size, closed } = await start({ idleMs: 1_500 });
    const socket = await get('/ok');
    socket.resume();
    const keepAlive = setInterval(() => socket.write('\r\n'), 100);
    await expect.poll(size, patient).toBe(1);
    await expect.poll(size, patient).toBe(0);
    clearInterval(keepAlive);
    expect(closed).toEqual(['idle']);
  });

  it('is closed after a refusal, although the caller goes on sending and never closes', async () => {
    const refuse: RequestListener = ({ url }, response) => {
      if (url === '/refused') response.writeHead(413, { connection: 'close' }).end('no');
    };
    const { open, size } = await start({}, refuse);
    const socket = await open('POST /refused HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const sending = setInterval(() => socket.write('5\r\nhello\r\n'), 10);
    expect(await answered(socket)).toBe('HTTP/1.1 413 Payload Too Large');
    await expect.poll(size, patient).toBe(0);
    clearInterval(sending);
  });

  it('is not closed while a stream is silent but its caller reads', async () => {
    const stream: RequestListener = ({ url }, response) => {
      if (url === '/stream') response.write('first');
    };
    const { get, open, size, closed } = await start({ stallMs: 100, idleMs: 100 }, stream);
    const reader = await get('/stream');
    reader.resume();
    // Swept together with the stream, so its end shows that the sweep has passed.
    await untilClosed(await open());
    expect([isOpen(reader), size(), closed]).toEqual([true, 1, ['idle']]);
  });
});
