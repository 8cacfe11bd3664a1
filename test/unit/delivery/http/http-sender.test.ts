import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createHttpSender,
  type HttpSenderOptions,
} from '../../../../server/src/delivery/http/http-sender.ts';
import type { ClientIdentity, OutgoingRequest, Sender } from '../../../../server/src/domain/ports/sending.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';
import { listen } from '../../../support/raw-server.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const answer = (socket: Socket) => void socket.on('data', () => socket.write(ok));

const senders: Sender[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const sender of senders.splice(0)) await sender.close();
});

function aSender(options: Partial<HttpSenderOptions> = {}) {
  const resolver = vi.fn(() => Promise.resolve([{ address: '127.0.0.1', family: 4 as const }]));
  const sender = createHttpSender({ allowPrivateTargets: true, resolver, ...options });
  senders.push(sender);
  const send = async (origin: string, change: Partial<OutgoingRequest> = {}) =>
    summarize(
      await sender.send({
        accountId: 'acc_a',
        origin,
        path: '/',
        headers: {},
        body: '',
        deadlineMs: 20_000,
        ...change,
      }),
    );
  return { sender, send, resolver };
}

const summarize = (result: SendResult) =>
  result.kind === 'answered' ? `${result.statusCode}` : `${result.reason}: ${result.detail}`;

describe('requests to one origin', () => {
  it('share a connection if they have the same account and client certificate', async () => {
    await using server = await listen(answer);
    const { send } = aSender();
    const origin = `http://receiver.test:${server.port}`;
    const certificate = (id: string): ClientIdentity => ({
      id,
      certificate: read('client-a.cert'),
      privateKey: read('client-a.key'),
    });
    const counts: number[] = [];
    for (const change of [
      {},
      {},
      { accountId: 'acc_b' },
      { clientCertificate: certificate('a') },
      { clientCertificate: certificate('a') },
      { clientCertificate: certificate('b') },
    ]) {
      expect(await send(origin, change)).toBe('200');
      counts.push(server.sockets.length);
    }
    expect(counts).toEqual([1, 1, 2, 3, 3, 4]);
  });

  it.each([[read('authority.cert')], [[read('client-authority.cert'), read('authority.cert')]]])(
    'trust the given authorities',
    async (ca) => {
      await using server = await listen(answer, { certificate: 'valid' });
      const { send } = aSender({ ca });
      const clientCertificate = {
        id: 'a',
        certificate: read('client-a.cert'),
        privateKey: read('client-a.key'),
      };
      const origin = `https://receiver.test:${server.port}`;
      expect(await send(origin)).toBe('200');
      expect(await send(origin, { clientCertificate })).toBe('200');
    },
  );

  it('trust those of Node.js alone by default', async () => {
    await using server = await listen(answer, { certificate: 'valid' });
    expect(await aSender().send(`https://receiver.test:${server.port}`)).toMatch(/^tls_untrusted/);
  });
});

describe('a request that is not sent', () => {
  it('has a target that is not allowed', async () => {
    const { send, resolver } = aSender({ allowPrivateTargets: false });
    expect(await send('http://receiver.test')).toBe('address_refused: the target breaks the rule "scheme"');
    expect(resolver).not.toHaveBeenCalled();
  });

  it('has a client certificate that OpenSSL rejects', async () => {
    const { send } = aSender();
    const clientCertificate = { id: 'a', certificate: 'x', privateKey: 'y' };
    const result = await send('https://receiver.test', { clientCertificate });
    expect(result).toBe('tls_failed: the client certificate cannot be used');
  });

  it('has waited too long for one of the connections of its account, which is counted', async () => {
    await using server = await listen();
    const meter = { countUnsent: vi.fn() };
    const { send } = aSender({ maxConnectionsPerPool: 1, maxWaitMs: 1, meter });
    const origin = `http://receiver.test:${server.port}`;
    const first = send(origin);
    expect(await send(origin)).toBe('not_sent: no_connection');
    expect(meter.countUnsent).toHaveBeenCalledExactlyOnceWith('no_connection');
    await vi.waitUntil(() => server.sockets.length === 1);
    server.sockets[0]?.end(ok);
    expect(await first).toBe('200');
  });

  it('has waited too long for one of all connections', async () => {
    await using server = await listen(answer);
    const { send } = aSender({ maxConnections: 0, maxWaitMs: 1 });
    expect(await send(`http://receiver.test:${server.port}`)).toBe('not_sent: no_connection');
  });
});

describe('a sender that closes', () => {
  it('waits for requests in flight, sends no others, and closes its connections', async () => {
    await using server = await listen((socket) => socket.resume());
    const { sender, send } = aSender({ maxConnectionsPerPool: 1, maxWaitMs: 20_000 });
    const origin = `http://receiver.test:${server.port}`;
    const [inFlight, waiting] = [send(origin), send(origin)];
    await vi.waitUntil(() => server.sockets.length === 1);
    let hasClosed = false;
    const closing = sender.close().then(() => (hasClosed = true));
    expect(await waiting).toBe('not_sent: shutting_down');
    expect(await send(origin)).toBe('not_sent: shutting_down');
    expect(hasClosed).toBe(false);
    server.sockets[0]?.write(ok);
    expect(await inFlight).toBe('200');
    await closing;
    await vi.waitUntil(() => server.sockets[0]?.readableEnded);
    await sender.close();
  });
});

describe('an origin', () => {
  it('that was used least lately is dropped with its connections', async () => {
    await using one = await listen(answer);
    await using two = await listen(answer);
    await using three = await listen(answer);
    const { send } = aSender({ maxOrigins: 2 });
    const [first, second, third] = [one, two, three].map(({ port }) => `http://receiver.test:${port}`);
    for (const origin of [first, second, first, third, first]) await send(origin ?? '');
    await vi.waitUntil(() => two.sockets[0]?.readableEnded);
    expect([one.sockets.length, one.sockets[0]?.readableEnded]).toEqual([1, false]);
  });

  it('that is not used for a minute is dropped, too, as are the accounts of one', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await using server = await listen(answer);
    const { sender, send, resolver } = aSender({ keepAliveMs: 60_000 });
    const origin = `http://receiver.test:${server.port}`;
    await send(origin);
    await send(origin, { accountId: 'acc_b' });
    vi.advanceTimersByTime(45_000);
    await send(origin);
    expect(resolver).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(15_000);
    await vi.waitUntil(() => server.sockets[1]?.readableEnded);
    expect(server.sockets[0]?.readableEnded).toBe(false);
    vi.advanceTimersByTime(45_000);
    await vi.waitUntil(() => server.sockets[0]?.readableEnded);
    await sender.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
