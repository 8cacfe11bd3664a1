import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { answer, HostileReceiver } from '../../support/hostile-receiver.ts';
import { ok, openSender, toOutcome, requestTo } from './fixtures.ts';

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

  test('is one of at most 128 of one account to one origin', async () => {
    const held: (() => void)[] = [];
    let isReleased = false;
    await using receiver = await HostileReceiver.listen((socket) => {
      if (isReleased) socket.write(ok);
      else held.push(() => socket.write(ok));
    });
    await using sender = openSender();

    const results = Array.from({ length: 140 }, () =>
      sender.send(requestTo(receiver.origin, { deadlineMs: 20_000 })),
    );
    await expect.poll(() => receiver.requests.length, { interval: 5, timeout: 10_000 }).toBe(128);
    isReleased = true;
    for (const answerNow of held) answerNow();

    expect(new Set((await Promise.all(results)).map(toOutcome))).toEqual(new Set(['answered 200']));
    expect(receiver.requests).toHaveLength(140);
    expect(receiver.connections).toBe(128);
  });

  test('is free for another account while one account hangs at the same origin', async () => {
    const held: (() => void)[] = [];
    await using receiver = await HostileReceiver.listen((socket, request) => {
      if (request.startsWith('POST /hanging')) held.push(() => socket.write(ok));
      else socket.write(ok);
    });
    await using sender = openSender({ maxConnectionsPerOrigin: 6 });
    const send = (accountId: string, path: string) =>
      sender.send(requestTo(receiver.origin, { accountId, path }));

    const hanging = Array.from({ length: 8 }, () => send('acc_a', '/hanging'));
    await expect.poll(() => held.length, { interval: 5, timeout: 3_000 }).toBe(3);
    for (let i = 0; i < 5; i++) expect(toOutcome(await send('acc_b', '/quick'))).toBe('answered 200');
    expect(held).toHaveLength(3);
    for (let answered = 0; answered < hanging.length; answered++) {
      await expect.poll(() => held.length, { interval: 5, timeout: 3_000 }).toBeGreaterThan(0);
      held.shift()?.();
    }
    expect(new Set((await Promise.all(hanging)).map(toOutcome))).toEqual(new Set(['answered 200']));
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
