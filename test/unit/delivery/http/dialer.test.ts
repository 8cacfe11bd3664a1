import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LookupOptions } from '../../../../server/src/delivery/dns/resolver.ts';
import { Dialer, type DialerOptions } from '../../../../server/src/delivery/http/dialer.ts';
import { DialError } from '../../../../server/src/delivery/http/failure.ts';
import { ProxyError, type ProxyRoute } from '../../../../server/src/delivery/http/proxy-route.ts';
import { parseTarget, type TargetRules } from '../../../../server/src/delivery/ssrf/parse-target.ts';
import { listen, type RawServer } from '../../../support/raw-server.ts';

const authority = readFileSync(new URL('../../../fixtures/tls/authority.cert.pem', import.meta.url), 'utf8');

const opened: Duplex[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
});

interface SceneOptions {
  /** The addresses of the name, or what the resolver throws. @default 127.0.0.1 */
  readonly addresses?: readonly string[] | { readonly thrown: unknown };
  readonly rules?: TargetRules;
  readonly proxy?: Partial<Record<'isFor' | 'open', unknown>>;
}

function aDialer(url: string, { addresses = ['127.0.0.1'], rules, proxy }: SceneOptions = {}) {
  const asked: [string, LookupOptions][] = [];
  const unsent: unknown[] = [];
  const options: DialerOptions = {
    rules: rules ?? { allowPrivateTargets: true },
    resolver: async (host, lookup) => {
      asked.push([host, lookup]);
      await Promise.resolve();
      if ('thrown' in addresses) throw addresses.thrown;
      return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
    accountId: 'acc_a',
    secureContext: createSecureContext({ ca: authority }),
    proxy: proxy as ProxyRoute | undefined, // what a dialer uses of it
    onUnsent: (...unsentFor) => void unsent.push(unsentFor),
  };
  const parsed = parseTarget(url, { allowPrivateTargets: true });
  if (!parsed.ok) throw new Error(parsed.why);
  const dialer = new Dialer(parsed.target, options);
  const dial = () =>
    new Promise<Duplex | Error>((resolve) => {
      dialer.dial((result) => {
        if (!(result instanceof Error)) opened.push(result);
        resolve(result);
      });
    });
  return { dialer, dial, asked, unsent };
}

/** The name that the first client sent; false if it sent none. `as`: Node.js has this property on TLS sockets. */
const getServerName = ({ sockets }: RawServer) =>
  (sockets[0] as TLSSocket & { servername?: unknown }).servername;

const withCode = (code: string) => Object.assign(new Error('x'), { code });

describe('a connection', () => {
  it('goes to the address of the name, which is asked for once', async () => {
    await using server = await listen((socket) => socket.end('hello'));
    const { dial, asked } = aDialer(`http://receiver.test:${server.port}`);
    const socket = (await dial()) as Socket; // the assertion below would fail for an error
    expect(await once(socket, 'data')).toEqual([Buffer.from('hello')]);
    expect(asked).toEqual([['receiver.test', { accountId: 'acc_a', hasLocalNames: true }]]);
    expect(socket.remotePort).toBe(server.port);
  });

  it('needs no name server for an address', async () => {
    await using server = await listen();
    const { dial, asked } = aDialer(`http://127.0.0.1:${server.port}`);
    expect(await dial()).not.toBeInstanceOf(Error);
    expect(asked).toEqual([]);
  });

  it('goes to the next address if one refuses it', async () => {
    await using server = await listen();
    const { dial } = aDialer(`http://receiver.test:${server.port}`, {
      addresses: ['127.0.0.2', '127.0.0.1'],
    });
    expect(await dial()).toMatchObject({ remoteAddress: '127.0.0.1' });
  });

  it.each([
    ['receiver.test', ['10.0.0.1']],
    ['receiver.test', ['93.184.215.14', '10.0.0.1']],
    ['receiver.test', ['::1']],
    ['10.0.0.1', []],
  ])('to %s with the addresses %j is refused', async (host, addresses) => {
    const { dial } = aDialer(`https://${host}`, { addresses, rules: {} });
    expect(await dial()).toMatchObject({
      name: 'DialError',
      reason: 'address_refused',
      message: expect.stringContaining('the host points to') as string,
    });
  });

  it('that is refused has the error, and the addresses are asked for again', async () => {
    const gone = await listen();
    await gone[Symbol.asyncDispose]();
    const { dial, asked, unsent } = aDialer(`http://receiver.test:${gone.port}`);
    const before = performance.now();
    expect(await dial()).toMatchObject({ code: 'ECONNREFUSED' });
    const after = performance.now();
    await dial();
    expect(asked[0]?.[1].notBefore).toBeUndefined();
    const notBefore = asked[1]?.[1].notBefore ?? 0;
    expect(notBefore >= before && notBefore <= after).toBe(true);
    expect(unsent).toEqual([]);
  });
});

describe('a name', () => {
  it.each([
    [
      'does not exist',
      { thrown: withCode('ENOTFOUND') },
      'the host does not resolve (ENOTFOUND: no such name)',
    ],
    ['has no address', [], 'the host has no address'],
    ['breaks the resolver', { thrown: new Error('x') }, 'the host does not resolve (no code)'],
    ['breaks the resolver', { thrown: 'text' }, 'the host does not resolve (no code)'],
  ])('that %s fails the connection: %j', async (_name, addresses, message) => {
    const { dial, asked } = aDialer('https://receiver.test', { addresses });
    expect(await dial()).toMatchObject({ name: 'DialError', reason: 'dns_failed', message });
    await dial();
    expect(asked[1]?.[1].notBefore).toBeUndefined();
  });

  it('that cannot be asked for, because we have no descriptor left, says nothing about the receiver', async () => {
    const { dial, unsent } = aDialer('https://receiver.test', { addresses: { thrown: withCode('EMFILE') } });
    expect(await dial()).toMatchObject({ name: 'DialError', reason: 'not_sent', message: 'no_descriptors' });
    expect(unsent).toEqual([['no_descriptors', 'no_descriptors']]);
  });

  it('of this machine is looked up as such only if it is allowed', async () => {
    const { dial, asked } = aDialer('https://receiver.test', { addresses: [], rules: {} });
    await dial();
    expect(asked).toEqual([['receiver.test', { accountId: 'acc_a', hasLocalNames: false }]]);
  });
});

describe('a connection that is canceled', () => {
  it('while the name is looked up is not opened', async () => {
    await using server = await listen();
    const { dialer, dial, asked } = aDialer(`http://receiver.test:${server.port}`);
    const done = vi.fn();
    dialer.dial(done)();
    await dial();
    expect([done.mock.calls.length, server.sockets.length]).toEqual([0, 1]);
    expect(asked[1]?.[1].notBefore).toBeUndefined();
  });

  it('while it is opened is closed, and its address is not used again', async () => {
    await using server = await listen(undefined, { certificate: 'valid' });
    const { dialer, dial, asked } = aDialer(`https://receiver.test:${server.port}`);
    const done = vi.fn();
    const cancel = dialer.dial(done);
    await vi.waitUntil(() => asked.length === 1);
    await new Promise((resolve) => setImmediate(resolve));
    cancel();
    await dial();
    expect(done).not.toHaveBeenCalled();
    expect(asked[1]?.[1].notBefore).toBeGreaterThan(0);
  });
});

describe('a connection with TLS', () => {
  it('checks the name, and resumes the session of the one before', async () => {
    await using server = await listen((socket) => socket.write('x'), { certificate: 'valid' });
    const { dial } = aDialer(`https://receiver.test:${server.port}`);
    const first = (await dial()) as TLSSocket; // the assertions below would fail for an error
    expect([first.authorized, first.alpnProtocol, first.isSessionReused()]).toEqual([
      true,
      'http/1.1',
      false,
    ]);
    await once(first, 'session');
    expect(getServerName(server)).toBe('receiver.test');
    const second = (await dial()) as TLSSocket;
    expect(second.isSessionReused()).toBe(true);
  });

  it('checks an address, which has no name to send', async () => {
    await using server = await listen(undefined, { certificate: 'valid' });
    const { dial } = aDialer(`https://127.0.0.1:${server.port}`);
    expect(await dial()).toMatchObject({ authorized: true });
    await vi.waitUntil(() => server.sockets.length === 1);
    expect(getServerName(server)).toBe(false);
  });

  it.each([
    ['wrong-host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['expired', 'CERT_HAS_EXPIRED'],
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('fails for a certificate that is %s', async (certificate, code) => {
    await using server = await listen(undefined, { certificate });
    const { dial, asked } = aDialer(`https://receiver.test:${server.port}`);
    expect(await dial()).toMatchObject({ code });
    await dial();
    expect(asked[1]?.[1].notBefore).toBeGreaterThan(0);
  });

  it('fails if the server closes it before the handshake ends', async () => {
    await using server = await listen((socket) => socket.end());
    const { dial } = aDialer(`https://receiver.test:${server.port}`);
    expect(await dial()).toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('a connection through a proxy', () => {
  /** A proxy whose tunnel leads to a port of loopback. */
  const tunnelTo = (port: number) => ({
    isFor: vi.fn(() => true),
    open: vi.fn(async ({ onSocket }: { onSocket: (socket: Socket) => void }) => {
      const socket = connect(port, '127.0.0.1');
      onSocket(socket);
      opened.push(socket);
      await once(socket, 'connect');
      return socket;
    }),
  });
  const addresses = ['93.184.215.14'];

  it('uses the tunnel to the checked addresses', async () => {
    await using server = await listen();
    const proxy = tunnelTo(server.port);
    const { dialer, dial } = aDialer('http://receiver.test', { addresses, proxy });
    expect(await dial()).toMatchObject({ remotePort: server.port });
    const resolved = [{ address: '93.184.215.14', family: 4 }];
    expect(proxy.isFor).toHaveBeenCalledWith(dialer.target, resolved);
    expect(proxy.open).toHaveBeenCalledWith(
      expect.objectContaining({ target: dialer.target, addresses: resolved }),
    );
  });

  it('has TLS of its own inside', async () => {
    await using server = await listen(undefined, { certificate: 'valid' });
    const { dial } = aDialer('https://receiver.test', { addresses, proxy: tunnelTo(server.port) });
    expect(await dial()).toMatchObject({ authorized: true });
    await using other = await listen(undefined, { certificate: 'wrong-host' });
    const wrong = aDialer('https://receiver.test', { addresses, proxy: tunnelTo(other.port) });
    expect(await wrong.dial()).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('is made directly for the exceptions', async () => {
    await using server = await listen();
    const proxy = { isFor: () => false, open: vi.fn() };
    const { dial } = aDialer(`http://receiver.test:${server.port}`, { proxy });
    expect(await dial()).toMatchObject({ remotePort: server.port });
    expect(proxy.open).not.toHaveBeenCalled();
  });

  it('is not sent if the proxy fails', async () => {
    const open = () => Promise.reject(new ProxyError('status 407 of the proxy'));
    const { dial, unsent } = aDialer('https://receiver.test', {
      addresses,
      proxy: { isFor: () => true, open },
    });
    expect(await dial()).toMatchObject({ reason: 'not_sent', message: 'status 407 of the proxy' });
    expect(unsent).toEqual([['proxy_failed', 'status 407 of the proxy']]);
  });

  it.each([
    [new DialError('connect_failed', 'status 502 of the proxy'), 'status 502 of the proxy'],
    ['text', 'the resolver threw'],
  ])('fails if the proxy does not reach the receiver: %s', async (failure, message) => {
    const open = () => Promise.reject(failure);
    const { dial, unsent } = aDialer('https://receiver.test', {
      addresses,
      proxy: { isFor: () => true, open },
    });
    expect(await dial()).toMatchObject({ message });
    expect(unsent).toEqual([]);
  });

  it('is closed if it is canceled before the tunnel is open', async () => {
    await using server = await listen();
    const proxy = tunnelTo(server.port);
    const { dialer } = aDialer('https://receiver.test', { addresses, proxy });
    const done = vi.fn();
    const cancel = dialer.dial(done);
    await vi.waitUntil(() => proxy.open.mock.calls.length === 1);
    cancel();
    const tunnel = opened.at(-1);
    expect(tunnel?.destroyed).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).not.toHaveBeenCalled();
  });
});
