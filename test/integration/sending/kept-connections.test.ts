import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, test, vi } from 'vitest';
import { answer, HostileReceiver, type Behavior } from '../../support/hostile-receiver.ts';
import {
  ok,
  openSender,
  requestTo,
  shortDeadlineMs,
  stopTime,
  toOutcome,
  waitInStoppedTime,
} from './fixtures.ts';

type Close = (socket: Socket) => void;

const closes: [string, Close][] = [
  ['FIN', (socket) => socket.end()],
  ['a reset', (socket) => socket.resetAndDestroy()],
];

/** Responds to the first request of each connection, and does `onSecond` with the second one. */
function onSecondRequest(onSecond: Behavior, onFirst: Behavior = answer(ok)): Behavior {
  const used = new WeakSet<Socket>();
  return (socket, request) => {
    if (used.has(socket)) return onSecond(socket, request);
    used.add(socket);
    onFirst(socket, request);
  };
}

describe('a request on a connection that ends meanwhile', () => {
  test.each(closes)('with %s is sent again at once, on a new connection', async (_how, close) => {
    await using receiver = await HostileReceiver.listen(onSecondRequest(close));
    await using sender = openSender();

    await sender.send(requestTo(receiver.origin));
    const result = await sender.send(requestTo(receiver.origin, { body: '"second"' }));

    expect(toOutcome(result)).toBe('answered 200');
    expect(receiver.requests.map((request) => request.slice(request.lastIndexOf('\n') + 1))).toEqual([
      expect.stringContaining('n'),
      '"second"',
      '"second"',
    ]);
    expect(receiver.connections).toBe(2);
  });

  test.each(closes)('with %s is not sent a third time', async (_how, close) => {
    let requests = 0;
    await using receiver = await HostileReceiver.listen((socket) => {
      if (++requests === 1) socket.write(ok);
      else close(socket);
    });
    await using sender = openSender();

    await sender.send(requestTo(receiver.origin));

    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('connection_reset');
    expect(receiver.requests).toHaveLength(3);
    expect(receiver.connections).toBe(2);
  });

  test.each(closes)('with %s after a byte of the response is not sent again', async (_how, close) => {
    await using receiver = await HostileReceiver.listen(
      onSecondRequest((socket) => socket.write('H', () => setTimeout(() => close(socket), 20))),
    );
    await using sender = openSender();

    await sender.send(requestTo(receiver.origin));

    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('connection_reset');
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.connections).toBe(1);
  });

  test('keeps its deadline when it is sent again', async () => {
    const dueMs = 50;
    const sockets: Socket[] = [];
    await using receiver = await HostileReceiver.listen((socket) => {
      sockets.push(socket);
      if (sockets.length === 1) socket.write(ok);
    });
    await using sender = openSender();
    await sender.send(requestTo(receiver.origin));
    stopTime();
    const result = sender.send(requestTo(receiver.origin, { deadlineMs: shortDeadlineMs }));
    await waitInStoppedTime(() => sockets.length === 2);
    vi.advanceTimersByTime(shortDeadlineMs - dueMs);
    sockets[1]?.end();
    await waitInStoppedTime(() => sockets.length === 3);
    vi.advanceTimersByTime(dueMs);

    expect(toOutcome(await result)).toBe('timeout');
    receiver.readOn();
    await expect.poll(() => receiver.open, { interval: 5 }).toBe(0);
  });

  test('fails with the reason of the new connection if that cannot be opened', async () => {
    let lookups = 0;
    await using receiver = await HostileReceiver.listen(onSecondRequest((socket) => socket.end()));
    await using sender = openSender({
      resolver: () =>
        lookups++ === 0
          ? Promise.resolve([{ address: '127.0.0.1', family: 4 }])
          : Promise.reject(new Error('gone')),
    });
    const request = requestTo(`http://receiver.test:${receiver.port}`);

    await sender.send(request);

    expect(toOutcome(await sender.send(request))).toBe('dns_failed');
  });
});

describe('an idle connection', () => {
  test('is closed at once when bytes arrive that no request asked for', async () => {
    let sendLate = () => {};
    await using receiver = await HostileReceiver.listen((socket) => {
      socket.write(ok);
      sendLate = () => socket.write('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n');
    });
    await using sender = openSender();

    await sender.send(requestTo(receiver.origin));
    sendLate();
    await expect.poll(() => receiver.open, { interval: 5 }).toBe(0);

    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
    expect(receiver.connections).toBe(2);
  });

  test('takes no request if such bytes have arrived and were not read yet', async () => {
    let sendLate = () => {};
    await using receiver = await HostileReceiver.listen((socket) => {
      socket.write(ok);
      sendLate = () => socket.write('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n');
    });
    await using sender = openSender();

    await sender.send(requestTo(receiver.origin));
    // The bytes are in the socket's buffer before the request is made.
    sendLate();
    const result = await sender.send(requestTo(receiver.origin));

    expect(toOutcome(result)).toBe('answered 200');
    expect(receiver.requests).toHaveLength(2);
    expect(receiver.connections).toBe(2);
  });

  test('takes no request after its time, even if the process was too busy to close it', async () => {
    const keepAliveMs = 50;
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using sender = openSender({ keepAliveMs });

    await sender.send(requestTo(receiver.origin));
    const until = performance.now() + keepAliveMs + 1;
    while (performance.now() < until);

    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
    expect(receiver.connections).toBe(2);
  });

  test('is closed at once when the receiver keeps it no longer', async () => {
    const goodbye = 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 0\r\n\r\n';
    await using receiver = await HostileReceiver.listen(onSecondRequest((socket) => socket.write(goodbye)));
    await using sender = openSender({ keepAliveMs: 60_000 });

    await sender.send(requestTo(receiver.origin));
    await sender.send(requestTo(receiver.origin));

    expect(receiver.connections).toBe(1);
    await expect.poll(() => receiver.open, { interval: 5 }).toBe(0);
  });

  test('is closed when its time is over although it was used in between', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using sender = openSender({ keepAliveMs: 60 });

    stopTime();
    for (let i = 0; i < 2; i++) {
      await sender.send(requestTo(receiver.origin));
      vi.advanceTimersByTime(40);
    }
    expect([receiver.connections, receiver.open]).toEqual([1, 1]);
    vi.advanceTimersByTime(20);
    await expect.poll(() => receiver.open, { interval: 5 }).toBe(0);
  });
});

test('a TLS session is kept when its connection is reset later', async () => {
  const isResumed: boolean[] = [];
  await using receiver = await HostileReceiver.listen({
    certificate: 'valid',
    onRequest: (socket) => {
      if (socket instanceof TLSSocket) isResumed.push(socket.isSessionReused());
      socket.write(ok);
    },
  });
  await using sender = openSender({
    resolver: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  });
  const send = () => sender.send(requestTo(receiver.originFor('receiver.test')));

  await send();
  receiver.reset();
  await expect.poll(() => receiver.open, { interval: 5 }).toBe(0);
  await send();

  expect(isResumed).toEqual([false, true]);
});
