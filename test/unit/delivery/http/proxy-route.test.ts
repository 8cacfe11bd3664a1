import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OutboundProxy } from '../../../../server/src/delivery/http/outbound-proxy.ts';
import { ProxyRoute } from '../../../../server/src/delivery/http/proxy-route.ts';
import {
  noAllowedTargets,
  parseAllowedTargets,
} from '../../../../server/src/delivery/ssrf/allowed-targets.ts';
import type { Target } from '../../../../server/src/delivery/ssrf/parse-target.ts';
import { ConnectProxy, type ConnectAnswer } from '../../../support/connect-proxy.ts';

const authority = readFileSync(new URL('../../../fixtures/tls/authority.cert.pem', import.meta.url), 'utf8');
const secureContext = createSecureContext({ ca: authority });

const target: Target = {
  url: 'https://receiver.test/',
  origin: 'https://receiver.test',
  protocol: 'https:',
  host: 'receiver.test',
  isAddress: false,
  port: 443,
};
const toAddresses = (...texts: string[]) =>
  texts.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

function routeTo(proxy: Partial<OutboundProxy> & { port: number }, options: { timeoutMs?: number } = {}) {
  const whole = { protocol: 'http:', host: '127.0.0.1', authorization: undefined, ...proxy } as const;
  return new ProxyRoute({ proxy: whole, except: noAllowedTargets, ...options }, secureContext);
}

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Opens a tunnel. Returns the socket, or why there is none. */
async function open(route: ProxyRoute, ...addresses: string[]) {
  const opening = route.open({
    target,
    addresses: toAddresses(...addresses),
    onSocket: (socket) => void sockets.push(socket),
  });
  return await opening.catch((error: unknown) => error as Error & { reason?: string });
}

const toFault = (error: unknown) =>
  error instanceof Error ? `${error.name} ${'reason' in error ? error.reason : ''}: ${error.message}` : error;

/** A server that replies to the first bytes with raw text, piece by piece, and may close the connection. */
async function rawServer(pieces: readonly string[], ends = false) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      for (const piece of pieces) setImmediate(() => socket.write(piece));
      if (ends) setImmediate(() => socket.end());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const close = async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port, [Symbol.asyncDispose]: close };
}

describe('a tunnel through a proxy', () => {
  it('is asked for with the address of the receiver, and carries bytes both ways', async () => {
    await using receiver = await rawServer(['reply']);
    await using proxy = await ConnectProxy.start({ answer: () => receiver });
    const tunnel = await open(routeTo({ port: proxy.port }), '192.0.2.1');
    expect(proxy.heads).toEqual(['CONNECT 192.0.2.1:443 HTTP/1.1\r\nhost: 192.0.2.1:443\r\n\r\n']);
    expect(tunnel).toBe(sockets.find((socket) => socket === tunnel));
    const socket = tunnel as Socket; // it is no error, as the line before shows
    socket.write('hello');
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    expect(bytes.toString()).toBe('reply');
  });

  it('is asked for with credentials, and with brackets around IPv6', async () => {
    await using receiver = await rawServer([]);
    await using proxy = await ConnectProxy.start({
      answer: () => receiver,
      credentials: 'me:secret',
    });
    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`;
    expect(await open(routeTo({ port: proxy.port, authorization }), '2001:db8::1')).not.toBeInstanceOf(Error);
    expect(proxy.authorities).toEqual(['[2001:db8::1]:443']);
    expect(toFault(await open(routeTo({ port: proxy.port }), '192.0.2.1'))).toBe(
      'ProxyError : status 407 of the proxy',
    );
  });

  it.each(['localhost', '127.0.0.1'])('to a proxy with TLS checks the certificate of %s', async (host) => {
    await using receiver = await rawServer([]);
    await using proxy = await ConnectProxy.start({ answer: () => receiver, isTls: true });
    const options = { port: proxy.port, protocol: 'https:', host } as const;
    expect(await open(routeTo(options), '192.0.2.1')).not.toBeInstanceOf(Error);
    const without = new ProxyRoute(
      { proxy: { ...options, authorization: undefined }, except: noAllowedTargets },
      createSecureContext(),
    );
    const failure = await open(without, '192.0.2.1');
    expect(failure).toMatchObject({
      name: 'ProxyError',
      cause: { code: expect.stringMatching(/CERT|VERIFY|ISSUER/) as string },
    });
  });

  it.each([
    ['HTTP/1.1 200 OK\r\n\r\n', undefined],
    ['HTTP/1.0 299 \r\nx: y\r\n\r\n', undefined],
    ['HTTP/1.1 200\r\n\r\n', undefined],
    ['HTTP/1.1 200 OK\r\n\r\nx', 'ProxyError : unexpected bytes'],
    ['HTTP/1.1 400 No\r\n\r\n', 'ProxyError : status 400 of the proxy'],
    ['HTTP/1.1 400 No\r\n\r\nbody', 'ProxyError : status 400 of the proxy'],
    ['HTTP/1.1 2000 OK\r\n\r\n', 'ProxyError : not HTTP'],
    ['HTTP/2.0 200 OK\r\n\r\n', 'ProxyError : not HTTP'],
    ['x HTTP/1.1 200 OK\r\n\r\n', 'ProxyError : not HTTP'],
    ['SSH-2.0\r\n\r\n', 'ProxyError : not HTTP'],
    ['x'.repeat(16_385), 'ProxyError : not HTTP'],
    ['HTTP/1.1 500 No\r\n\r\n', 'ProxyError : status 500 of the proxy'],
    ['HTTP/1.1 502 No\r\n\r\n', 'DialError connect_failed: status 502 of the proxy'],
    ['HTTP/1.1 503 No\r\n\r\n', 'DialError connect_failed: status 503 of the proxy'],
    ['HTTP/1.1 504 No\r\n\r\n', 'DialError connect_failed: status 504 of the proxy'],
  ])('is open or not by the response %j', async (text, fault) => {
    await using proxy = await rawServer([text]);
    const result = await open(routeTo(proxy), '192.0.2.1');
    expect(result instanceof Error ? toFault(result) : undefined).toBe(fault);
    expect(sockets.some((socket) => socket.destroyed)).toBe(fault !== undefined);
  });

  it('is open once the whole head has arrived, also in pieces', async () => {
    await using proxy = await rawServer(['HTTP/1.1 20', '0 OK\r\nx: y\r\n', '\r\n']);
    expect(await open(routeTo(proxy), '192.0.2.1')).not.toBeInstanceOf(Error);
  });

  it('may have a head of 16 KiB', async () => {
    const head = 'HTTP/1.1 200 OK\r\nx: ';
    const text = `${head}${'y'.repeat(16_384 - head.length)}`;
    await using proxy = await rawServer([text, '\r\n\r\n']);
    expect(await open(routeTo(proxy), '192.0.2.1')).not.toBeInstanceOf(Error);
  });

  it('fails if the proxy closes the connection, or cannot be reached', async () => {
    await using proxy = await rawServer(['HTTP/1.1 20'], true);
    expect(toFault(await open(routeTo(proxy), '192.0.2.1'))).toBe('ProxyError : closed by the proxy');
    const gone = await rawServer([]);
    await gone[Symbol.asyncDispose]();
    const failure = await open(routeTo({ port: gone.port }), '192.0.2.1');
    expect(toFault(failure)).toBe('ProxyError : ECONNREFUSED');
    expect(failure).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe('several addresses of a receiver', () => {
  it.each<[string, number[], string[], string | undefined]>([
    ['are tried until one is reached', [502, 504], ['192.0.2.1', '192.0.2.2', '192.0.2.3'], undefined],
    [
      'are three at most',
      [502, 502, 504, 200],
      ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
      'DialError connect_failed: status 504 of the proxy',
    ],
    ['are not tried if the proxy itself fails', [500], ['192.0.2.1'], 'ProxyError : status 500 of the proxy'],
  ])('%s', async (_name, statuses, asked, fault) => {
    await using receiver = await rawServer([]);
    const left = [...statuses];
    const answer = (): ConnectAnswer => {
      const status = left.shift();
      return status === undefined ? receiver : { status };
    };
    await using proxy = await ConnectProxy.start({ answer });
    const all = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'];
    const result = await open(routeTo({ port: proxy.port }), ...all);
    expect(proxy.authorities).toEqual(asked.map((address) => `${address}:443`));
    expect(result instanceof Error ? toFault(result) : undefined).toBe(fault);
  });

  it('that are none fail the connection', async () => {
    expect(toFault(await open(routeTo({ port: 9 })))).toBe('DialError connect_failed: no address was tried');
  });
});

describe('a proxy that does not answer', () => {
  it('has failed, unless it answered others meanwhile and so waits for the receiver', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await using proxy = await ConnectProxy.start({
        answer: (authority) => (authority.startsWith('192.0.2.2:') ? { status: 502 } : 'hang'),
      });
      const route = routeTo({ port: proxy.port }, { timeoutMs: 400 });
      const hang = async (meanwhile?: () => Promise<unknown>) => {
        const { length } = proxy.heads;
        const opening = open(route, '192.0.2.1');
        await vi.waitUntil(() => proxy.heads.length > length, { interval: 0 });
        await meanwhile?.();
        vi.advanceTimersByTime(400);
        if (meanwhile === undefined) {
          // Its own question to the proxy.
          await vi.waitUntil(() => proxy.heads.length > length + 1, { interval: 0 });
          vi.advanceTimersByTime(1_000);
        }
        return toFault(await opening);
      };
      expect(await hang()).toBe('ProxyError : no tunnel within 400 ms');
      expect(await hang(() => open(route, '192.0.2.2'))).toBe('DialError timeout: no tunnel within 400 ms');
      expect(await hang()).toBe('ProxyError : no tunnel within 400 ms');
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the way to a receiver', () => {
  it.each([
    ['receiver.test', ['192.0.2.1'], true],
    ['inside.test', ['192.0.2.1'], false],
    ['receiver.test', ['10.0.0.1', '10.0.0.2'], false],
    ['receiver.test', ['10.0.0.1', '192.0.2.1'], true],
  ])('%s with %j goes through the proxy: %s', (host, addresses, isFor) => {
    const except = parseAllowedTargets('inside.test, 10.0.0.0/8');
    const proxy: OutboundProxy = {
      protocol: 'http:',
      host: 'proxy.test',
      port: 80,
      authorization: undefined,
    };
    const route = new ProxyRoute({ proxy, except }, secureContext);
    expect(route.isFor({ ...target, host }, toAddresses(...addresses))).toBe(isFor);
  });
});
