import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, test, vi } from 'vitest';
import { answer, HostileReceiver } from '../../support/hostile-receiver.ts';
import {
  ok,
  openSender,
  toOutcome,
  requestTo,
  shortDeadlineMs,
  stopTime,
  waitInStoppedTime,
} from './fixtures.ts';

const loopback = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);

describe('an answer', () => {
  test('may follow exactly eight informational responses', async () => {
    await using receiver = await HostileReceiver.listen(answer('HTTP/1.1 103 H\r\n\r\n'.repeat(8) + ok));
    await using sender = openSender();

    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
  });

  test('has its own room for headers and body, however much came over its connection before', async () => {
    const head = `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(12_000)}\r\ncontent-length: 12000\r\n\r\n`;
    await using receiver = await HostileReceiver.listen(answer(head + 'a'.repeat(12_000)));
    await using sender = openSender();

    for (let i = 0; i < 6; i++) {
      expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
    }
    expect(receiver.connections).toBe(1);
  });

  test.each([
    ['of exactly 16 KiB leaves the connection usable', 16_384, 1],
    ['of one byte more is cut, and its connection closed', 16_385, 2],
  ])('with a body %s', async (_what, length, connections) => {
    await using receiver = await HostileReceiver.listen(
      answer(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n${'a'.repeat(length)}`),
    );
    await using sender = openSender();

    for (let i = 0; i < 2; i++) {
      const result = await sender.send(requestTo(receiver.origin));
      expect(result).toMatchObject({ kind: 'answered', statusCode: 200, reply: 'a'.repeat(2048) });
    }
    expect(receiver.connections).toBe(connections);
  });

  test('with a header that is repeated exposes all of its values', async () => {
    await using receiver = await HostileReceiver.listen(
      answer(
        'HTTP/1.1 429 X\r\nretry-after: 7\r\nretry-after: 9\r\nx-ratelimit-a: 1\r\nx-ratelimit-a: 2\r\n' +
          'x-rate: 3\r\ncontent-length: 0\r\n\r\n',
      ),
    );
    await using sender = openSender();

    const result = await sender.send(requestTo(receiver.origin));

    expect(result).toMatchObject({ retryAfter: '7, 9' });
    expect(result.kind === 'answered' && result.headers).toEqual({
      'retry-after': '7, 9',
      'x-ratelimit-a': '1, 2',
    });
  });

  test('without a header of interest exposes none', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using sender = openSender();

    const result = await sender.send(requestTo(receiver.origin));

    expect(result).toMatchObject({ retryAfter: undefined, headers: {} });
  });
});

describe('a connection', () => {
  test.each([
    ['is not used again when the receiver keeps it for two seconds only', 2, 2],
    ['is used again when the receiver keeps it for a minute', 60, 1],
  ])('%s', async (_what, seconds, connections) => {
    await using receiver = await HostileReceiver.listen(
      answer(`HTTP/1.1 200 OK\r\nkeep-alive: timeout=${seconds}\r\ncontent-length: 0\r\n\r\n`),
    );
    await using sender = openSender();

    for (let i = 0; i < 2; i++) {
      expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
    }
    expect(receiver.connections).toBe(connections);
  });

  test('is one of a number for one account at one origin', async () => {
    let open = 0;
    await using receiver = await HostileReceiver.listen(() => open++);
    await using sender = openSender({ maxConnectionsPerPool: 12, maxWaitMs: 50 });

    const send = () => sender.send(requestTo(receiver.origin, { deadlineMs: shortDeadlineMs }));
    stopTime();
    const results = Array.from({ length: 14 }, send);
    await waitInStoppedTime(() => open === 12);
    vi.advanceTimersByTime(50);
    expect((await Promise.all(results.slice(12))).map(toOutcome)).toEqual(['not_sent', 'not_sent']);
    vi.advanceTimersByTime(shortDeadlineMs);
    expect(new Set((await Promise.all(results.slice(0, 12))).map(toOutcome))).toEqual(new Set(['timeout']));
    expect(open).toBe(12);
  });

  test('is never shared with another account, whose requests hang at the same origin', async () => {
    const held: (() => void)[] = [];
    const sockets = new Map<string, Set<Socket>>();
    await using receiver = await HostileReceiver.listen((socket, request) => {
      const path = request.split(' ')[1] ?? '';
      sockets.set(path, (sockets.get(path) ?? new Set()).add(socket));
      if (path === '/hanging') held.push(() => socket.write(ok));
      else socket.write(ok);
    });
    await using sender = openSender({ maxConnectionsPerPool: 3, maxWaitMs: 10_000 });
    const send = (accountId: string, path: string) =>
      sender.send(requestTo(receiver.origin, { accountId, path, deadlineMs: 10_000 }));

    const hanging = Array.from({ length: 8 }, () => send('acc_a', '/hanging'));
    await expect.poll(() => held.length, { interval: 5 }).toBe(3);
    for (let i = 0; i < 5; i++) expect(toOutcome(await send('acc_b', '/quick'))).toBe('answered 200');
    expect(held).toHaveLength(3);
    for (let answered = 0; answered < hanging.length; answered++) {
      await expect.poll(() => held.length, { interval: 5 }).toBeGreaterThan(0);
      held.shift()?.();
    }
    expect(new Set((await Promise.all(hanging)).map(toOutcome))).toEqual(new Set(['answered 200']));
    expect(toOutcome(await send('acc_b', '/quick'))).toBe('answered 200');
    const quick = sockets.get('/quick') ?? new Set();
    expect(quick.size).toBe(1);
    expect([...(sockets.get('/hanging') ?? [])].filter((socket) => quick.has(socket))).toEqual([]);
  });

  test('is one of a number for the process, of which an account leaves some to others', async () => {
    const held: (() => void)[] = [];
    const hang = (socket: Socket) => held.push(() => socket.write(ok));
    await using first = await HostileReceiver.listen(hang);
    await using second = await HostileReceiver.listen(hang);
    await using sender = openSender({ maxConnections: 5, maxWaitMs: 10_000 });
    const send = (accountId: string, origin: string) =>
      sender.send(requestTo(origin, { accountId, deadlineMs: 10_000 }));

    const greedy = [first, first, second, second].map(({ origin }) => send('acc_a', origin));
    await expect.poll(() => held.length, { interval: 5 }).toBe(3);
    const other = send('acc_b', second.origin);
    await expect.poll(() => held.length, { interval: 5 }).toBe(4);
    expect(first.open + second.open).toBe(4);
    for (let answered = 0; answered < 5; answered++) {
      await expect.poll(() => held.length, { interval: 5 }).toBeGreaterThan(0);
      held.shift()?.();
    }
    expect((await Promise.all([other, ...greedy])).map(toOutcome)).toEqual(Array(5).fill('answered 200'));
  });

  test('that is idle is closed when another account needs its place', async () => {
    await using idle = await HostileReceiver.listen(answer(ok));
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using sender = openSender({ maxConnections: 2 });
    const send = (accountId: string, origin: string) => sender.send(requestTo(origin, { accountId }));

    await send('acc_a', idle.origin);
    await send('acc_b', idle.origin);
    expect(idle.open).toBe(2);
    expect(toOutcome(await send('acc_c', receiver.origin))).toBe('answered 200');
    await expect.poll(() => idle.open, { interval: 5 }).toBe(1);
    // The one that was used last is kept.
    await send('acc_b', idle.origin);
    expect(idle.connections).toBe(2);
  });

  test('resumes the TLS session of another one that is still open', async () => {
    const resumed = new Map<Socket, boolean>();
    await using receiver = await HostileReceiver.listen({
      certificate: 'valid',
      onRequest: (socket) => {
        if (socket instanceof TLSSocket) resumed.set(socket, socket.isSessionReused());
        socket.write(ok);
      },
    });
    await using sender = openSender({ resolver: loopback });
    const send = () => sender.send(requestTo(receiver.originFor('receiver.test')));

    await send();
    await Promise.all([send(), send()]);
    expect([...resumed.values()]).toEqual([false, true]);
  });
});

describe('a name', () => {
  test('without an address is a failure of the name service', async () => {
    await using sender = openSender({ resolver: () => Promise.resolve([]) });

    expect(await sender.send(requestTo('http://empty.test'))).toMatchObject({
      reason: 'dns_failed',
      detail: 'the host has no address',
    });
  });

  test.each([
    [Object.assign(new Error('at 10.0.0.1'), { code: 'EAI_AGAIN' }), 'the host does not resolve (EAI_AGAIN)'],
    [new Error('at 10.0.0.1'), 'the host does not resolve (no code)'],
    ['at 10.0.0.1', 'the host does not resolve (no code)'],
  ])('that does not resolve, with %s, is reported by its code alone', async (cause, detail) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a faulty resolver may do
    await using sender = openSender({ resolver: () => Promise.reject(cause) });

    expect(await sender.send(requestTo('http://nowhere.test'))).toMatchObject({
      reason: 'dns_failed',
      detail,
    });
  });

  test('that cannot be looked up for want of a descriptor is no failure of the receiver', async () => {
    const cause = Object.assign(new Error('socket EMFILE'), { code: 'EMFILE' });
    const causes: string[] = [];
    await using sender = openSender({
      resolver: () => Promise.reject(cause),
      meter: { countUnsent: (unsent) => causes.push(unsent) },
    });

    expect(await sender.send(requestTo('http://nowhere.test'))).toMatchObject({ reason: 'not_sent' });
    expect(causes).toEqual(['no_descriptors']);
  });

  test('is asked for again after it did not resolve', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    let questions = 0;
    await using sender = openSender({
      resolver: () => (questions++ === 0 ? Promise.reject(new Error('away')) : loopback()),
    });
    const request = requestTo(`http://receiver.test:${receiver.port}`);

    expect(toOutcome(await sender.send(request))).toBe('dns_failed');
    expect(toOutcome(await sender.send(request))).toBe('answered 200');
  });
});
