import { describe, expect, test, vi } from 'vitest';
import { answer, answerAndEnd, HostileReceiver, type Behavior } from '../../support/hostile-receiver.ts';
import {
  deadlineMs,
  ok,
  openSender,
  toOutcome,
  requestTo,
  shortDeadlineMs,
  stopTime,
  waitInStoppedTime,
} from './fixtures.ts';

describe('a request', () => {
  test('arrives as a POST with its path, headers and the exact bytes of its body', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using sender = openSender();

    await sender.send(requestTo(receiver.origin));

    const body = Buffer.from('{"n":"é"}').toString('latin1');
    expect(receiver.requests).toEqual([
      'POST /hook?a=1 HTTP/1.1\r\n' +
        `host: 127.0.0.1:${receiver.port}\r\n` +
        'connection: keep-alive\r\n' +
        'content-type: application/json\r\n' +
        'user-agent: Tocsin\r\n' +
        'content-length: 10\r\n\r\n' +
        body,
    ]);
  });

  test('goes to the resolved address, with the host name in Host and SNI', async () => {
    await using receiver = await HostileReceiver.listen({ certificate: 'valid', onRequest: answer(ok) });
    await using sender = openSender({
      resolver: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });

    const result = await sender.send(requestTo(receiver.originFor('receiver.test')));

    expect(toOutcome(result)).toBe('answered 200');
    expect(receiver.requests[0]).toContain(`\r\nhost: receiver.test:${receiver.port}\r\n`);
    expect(receiver.serverNames).toEqual(['receiver.test']);
  });

  test('with an invalid header ends as an internal error and does not throw', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using sender = openSender();

    const result = await sender.send(requestTo(receiver.origin, { headers: { 'x-bad': 'a\r\nb: c' } }));

    expect(toOutcome(result)).toBe('internal_error');
    expect(receiver.connections).toBe(0);
  });
});

describe('a response', () => {
  test('is reported with its status, duration and the start of its body', async () => {
    await using receiver = await HostileReceiver.listen(
      answer('HTTP/1.1 503 Nope\r\ncontent-length: 4\r\n\r\nlate'),
    );
    await using sender = openSender();

    const result = await sender.send(requestTo(receiver.origin));

    expect(result).toMatchObject({ kind: 'answered', statusCode: 503, reply: 'late' });
    expect(result.durationMs).toBeGreaterThan(0);
    expect(result.durationMs).toBeLessThan(deadlineMs);
  });

  test('exposes Retry-After, rate limit and content type headers and no others', async () => {
    await using receiver = await HostileReceiver.listen(
      answer(
        'HTTP/1.1 429 Slow down\r\nRetry-After: 7\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 9\r\n' +
          'Content-Type: text/plain\r\nSet-Cookie: a=b\r\nServer: x\r\ncontent-length: 0\r\n\r\n',
      ),
    );
    await using sender = openSender();

    const result = await sender.send(requestTo(receiver.origin));

    expect(result).toMatchObject({ retryAfter: '7' });
    expect(result.kind === 'answered' && result.headers).toEqual({
      'retry-after': '7',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '9',
      'content-type': 'text/plain',
    });
  });

  test.each([301, 302, 303, 307, 308])(
    'with %i is reported and its Location is not followed',
    async (status) => {
      await using elsewhere = await HostileReceiver.listen(answer(ok));
      await using receiver = await HostileReceiver.listen(
        answer(`HTTP/1.1 ${status} Moved\r\nlocation: ${elsewhere.origin}/\r\ncontent-length: 0\r\n\r\n`),
      );
      await using sender = openSender();

      const result = await sender.send(requestTo(receiver.origin));

      expect(toOutcome(result)).toBe(`answered ${status}`);
      expect(elsewhere.connections).toBe(0);
      expect(receiver.requests).toHaveLength(1);
    },
  );

  test('may follow a few informational responses', async () => {
    await using receiver = await HostileReceiver.listen(
      answer(`HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${ok}`),
    );
    await using sender = openSender();

    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
  });

  test.each([
    ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    ['chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n', 'abc'],
    ['invalid UTF-8', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na\xffb', 'a\ufffdb'],
  ])('with %s is read to its end', async (_name, text, reply) => {
    await using receiver = await HostileReceiver.listen(answer(Buffer.from(text, 'latin1')));
    await using sender = openSender();

    expect(await sender.send(requestTo(receiver.origin))).toMatchObject({ kind: 'answered', reply });
  });

  test('that ends with the connection is read to its end', async () => {
    await using receiver = await HostileReceiver.listen(
      answerAndEnd('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nuntil the end'),
    );
    await using sender = openSender();

    const result = await sender.send(requestTo(receiver.origin));
    expect(result).toMatchObject({ kind: 'answered', statusCode: 200, reply: 'until the end' });
  });

  test.each([
    ['é', 1024, 1024], // 2,048 bytes: fits
    ['é', 1025, 1024],
    ['aé', 1000, 682], // the cut would divide an é
    ['😀', 600, 512],
    ['a😀', 600, 409],
  ])('with a body of %s times %i is cut at 2 KiB without a broken character', async (unit, times, kept) => {
    const body = unit.repeat(times);
    await using receiver = await HostileReceiver.listen(
      answer(`HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
    );
    await using sender = openSender();

    const result = await sender.send(requestTo(receiver.origin));

    const reply = result.kind === 'answered' ? result.reply : '';
    expect(Buffer.byteLength(reply)).toBeLessThanOrEqual(2048);
    expect(body.startsWith(reply)).toBe(true);
    expect(reply.startsWith(unit.repeat(kept))).toBe(true);
    expect(Buffer.byteLength(reply)).toBeGreaterThan(2048 - 4);
  });
});

describe('connections', () => {
  test('are reused', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using sender = openSender();

    for (let i = 0; i < 5; i++) await sender.send(requestTo(receiver.origin));

    expect(receiver.requests).toHaveLength(5);
    expect(receiver.connections).toBe(1);
  });

  test('do not exceed the configured number, and waiting requests are sent in order', async () => {
    await using receiver = await HostileReceiver.listen(later(5, ok));
    await using sender = openSender({ maxConnectionsPerPool: 3, maxWaitMs: deadlineMs });

    const paths = Array.from({ length: 10 }, (_, i) => `/${i}`);
    const results = await Promise.all(paths.map((path) => sender.send(requestTo(receiver.origin, { path }))));

    expect(results.map(toOutcome)).toEqual(paths.map(() => 'answered 200'));
    expect(receiver.connections).toBe(3);
    expect(receiver.requests.map((request) => request.split(' ')[1])).toEqual(paths);
  });

  test('that hang let no request wait for long, and recover afterwards', async () => {
    let isHanging = true;
    await using receiver = await HostileReceiver.listen((socket) => {
      if (!isHanging) socket.write(ok);
    });
    await using sender = openSender({ maxConnectionsPerPool: 1, maxWaitMs: 50 });

    const hanging = requestTo(receiver.origin, { deadlineMs: shortDeadlineMs });
    stopTime();
    const results = [1, 2, 3].map(() => sender.send(hanging));
    await waitInStoppedTime(() => receiver.requests.length === 1);
    vi.advanceTimersByTime(50);
    expect((await Promise.all(results.slice(1))).map(toOutcome)).toEqual(['not_sent', 'not_sent']);
    vi.advanceTimersByTime(shortDeadlineMs);
    expect((await Promise.all(results)).map(toOutcome)).toEqual(['timeout', 'not_sent', 'not_sent']);
    expect(receiver.requests).toHaveLength(1);

    isHanging = false;
    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
  });

  test('that the receiver closes between two requests are reopened', async () => {
    await using receiver = await HostileReceiver.listen((socket) => {
      socket.write(ok, () => socket.end());
    });
    await using sender = openSender();

    for (let i = 0; i < 5; i++) {
      expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
      await until(() => receiver.open === 0);
    }
    expect(receiver.connections).toBe(5);
  });

  test('are closed after an idle time', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using sender = openSender({ keepAliveMs: 50 });

    await sender.send(requestTo(receiver.origin));
    await until(() => receiver.open === 0);

    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
    expect(receiver.connections).toBe(2);
  });

  test('of an origin that was unused for long are dropped', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using sender = openSender({ forgetOriginAfterMs: 40 });

    await sender.send(requestTo(receiver.origin));
    await until(() => receiver.open === 0);
    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
  });

  test('of the least recently used origin are dropped once its requests have finished', async () => {
    await using slow = await HostileReceiver.listen(later(100, ok));
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using sender = openSender({ maxOrigins: 1 });

    const inFlight = sender.send(requestTo(slow.origin));
    await until(() => slow.requests.length === 1);
    await sender.send(requestTo(receiver.origin));

    expect(toOutcome(await inFlight)).toBe('answered 200');
    await until(() => slow.open === 0);
  });
});

describe('closing', () => {
  test('waits for requests in flight, closes every connection and sends nothing more', async () => {
    await using receiver = await HostileReceiver.listen(later(100, ok));
    const sender = openSender();
    const inFlight = sender.send(requestTo(receiver.origin));
    await until(() => receiver.requests.length === 1);

    await sender.close();

    expect(toOutcome(await inFlight)).toBe('answered 200');
    await until(() => receiver.open === 0);
    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('not_sent');
    expect(receiver.requests).toHaveLength(1);
  });

  test('ends the requests that wait for a connection, without sending them', async () => {
    const answers: (() => void)[] = [];
    await using receiver = await HostileReceiver.listen((socket) => answers.push(() => socket.write(ok)));
    const sender = openSender({ maxConnectionsPerPool: 1, maxWaitMs: deadlineMs });
    const first = sender.send(requestTo(receiver.origin));
    const waiting = [1, 2].map(() => sender.send(requestTo(receiver.origin)));
    await until(() => answers.length === 1);

    const closed = sender.close();

    expect((await Promise.all(waiting)).map(toOutcome)).toEqual(['not_sent', 'not_sent']);
    for (const answerNow of answers) answerNow();
    await closed;
    expect(toOutcome(await first)).toBe('answered 200');
    expect(receiver.requests).toHaveLength(1);
  });

  test('waits for a hanging receiver only until its deadline', async () => {
    await using receiver = await HostileReceiver.listen(() => {});
    const sender = openSender();
    const inFlight = sender.send(requestTo(receiver.origin, { deadlineMs: 100 }));

    await sender.close();

    expect(toOutcome(await inFlight)).toBe('timeout');
    await until(() => receiver.open === 0);
  });
});

function later(ms: number, text: string): Behavior {
  return (socket) => setTimeout(() => socket.write(text), ms);
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { interval: 5 }).toBe(true);
}
