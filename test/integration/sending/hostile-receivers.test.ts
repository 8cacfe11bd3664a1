import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { SendResult } from '../../../server/src/domain/send-result.ts';
import {
  answer,
  answerAndEnd,
  answerAndReset,
  answerSlowly,
  answerWithoutEnd,
  HostileReceiver,
  type Behavior,
  type HostileReceiverOptions,
} from '../../support/hostile-receiver.ts';
import {
  bodyDeadlineMs,
  deadlineMs,
  ok,
  openSender,
  toOutcome,
  requestTo,
  shortDeadlineMs,
  slackMs,
} from './fixtures.ts';

const partOfBody = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart';
const chunkedHead = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

type Case = readonly [what: string, behavior: Behavior | HostileReceiverOptions, outcome: string];

const silent: Behavior = () => {};

const untilDeadline: Case[] = [
  ['accepts the connection and never reads', { onConnection: (socket) => socket.pause() }, 'timeout'],
  ['never responds', silent, 'timeout'],
  ['sends its status line byte by byte', answerSlowly('HTTP/1.1 200 O', 'K', 30), 'timeout'],
  ['sends a header every few ms', answerSlowly('HTTP/1.1 200 OK\r\n', 'a: b\r\n', 20), 'timeout'],
  ['sends its body byte by byte', answerSlowly(partOfBody, '.', 20), 'answered 200'],
  ['sends its chunks one by one', answerSlowly(chunkedHead, '1\r\n.\r\n', 20), 'answered 200'],
  ['stops in the middle of the body', answer(partOfBody), 'answered 200'],
  ['sends an unexpected 100 Continue and no more', answer('HTTP/1.1 100 Continue\r\n\r\n'), 'timeout'],
  ['keeps sending informational responses', answerSlowly('', 'HTTP/1.1 102 P\r\n\r\n', 100), 'timeout'],
];

const coded: Case[] = [
  [
    'floods with informational responses',
    answerWithoutEnd('', 'HTTP/1.1 103 Hints\r\nlink: </a>\r\n\r\n'.repeat(100)),
    'bad_response',
  ],
  [
    'never ends a header, within TLS',
    {
      certificate: 'valid',
      onRequest: answerWithoutEnd('HTTP/1.1 200 OK\r\nx: ', Buffer.alloc(65_536, 'x')),
    },
    'bad_response',
  ],
  [
    'never ends a chunk extension within TLS',
    { certificate: 'valid', onRequest: answerWithoutEnd(`${chunkedHead}1;`, 'x'.repeat(4096)) },
    'answered 200',
  ],
  ['sends nine informational responses', answer('HTTP/1.1 103 H\r\n\r\n'.repeat(9)), 'bad_response'],
  [
    'switches the protocol with an Upgrade header',
    answer('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nframes'),
    'protocol_upgrade',
  ],
  [
    'switches the protocol without an Upgrade header',
    answer('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
    'protocol_upgrade',
  ],
  [
    'sends 20 KB of headers',
    answer(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}content-length: 0\r\n\r\n`),
    'bad_response',
  ],
  ['never ends its headers', answerWithoutEnd('HTTP/1.1 200 OK\r\n', 'a: b\r\n'.repeat(100)), 'bad_response'],
  [
    'never ends one header',
    answerWithoutEnd('HTTP/1.1 200 OK\r\nx: ', Buffer.alloc(4096, 'x')),
    'bad_response',
  ],
  [
    'never ends its trailers',
    answerWithoutEnd(`${chunkedHead}0\r\n`, 'a: b\r\n'.repeat(100)),
    'answered 200',
  ],
  ['never ends a chunk extension', answerWithoutEnd(`${chunkedHead}1;`, 'x'.repeat(4096)), 'answered 200'],
  ['does not speak HTTP', answer('SSH-2.0-OpenSSH_9.6\r\n'), 'bad_response'],
  ['sends a malformed status', answer('HTTP/1.1 2x0 OK\r\ncontent-length: 0\r\n\r\n'), 'bad_response'],
  [
    'sends two content lengths',
    answer('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc'),
    'answered 200',
  ],
  [
    'sends a negative content length',
    answer('HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'),
    'answered 200',
  ],
  [
    'sends a content length and chunks',
    answer('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
    'answered 200',
  ],
  ['sends a malformed chunk', answer(`${chunkedHead}zz\r\n`), 'answered 200'],
  [
    'sends a header with NUL',
    answer('HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n'),
    'answered 200',
  ],
  ['closes before the body is complete', answerAndEnd(partOfBody), 'answered 200'],
  [
    'announces the close and closes before the body is complete',
    answerAndEnd('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\npart'),
    'answered 200',
  ],
  ['closes in the middle of the chunks', answerAndEnd(`${chunkedHead}5\r\nab`), 'answered 200'],
  ['sends one byte more than its content length', answer(`${partOfBody}${'.'.repeat(97)}`), 'answered 200'],
  ['closes without a response', answerAndEnd(''), 'connection_reset'],
  ['closes in the middle of the headers', answerAndEnd('HTTP/1.1 200 OK\r\nx: '), 'connection_reset'],
  ['resets on connection', { onConnection: (socket) => socket.resetAndDestroy() }, 'connection_reset'],
  ['resets without a response', answerAndReset(''), 'connection_reset'],
  ['resets in the middle of the headers', answerAndReset('HTTP/1.1 200 OK\r\nx: '), 'connection_reset'],
  ['resets in the middle of the body', answerAndReset(partOfBody), 'answered 200'],
];

const secure: Case[] = [
  ['has an expired certificate', { certificate: 'expired' }, 'tls_expired'],
  ['has a self-signed certificate', { certificate: 'self-signed' }, 'tls_untrusted'],
  ['has a certificate for another host', { certificate: 'wrong-host' }, 'tls_wrong_host'],
  ['speaks plain HTTP instead of TLS', { onConnection: answer(ok) }, 'tls_failed'],
  ['closes during the TLS handshake', { onConnection: answerAndEnd('') }, 'connection_reset'],
  [
    'resets during the TLS handshake',
    { onConnection: (socket) => socket.resetAndDestroy() },
    'connection_reset',
  ],
  ['is silent during the TLS handshake', { onConnection: silent }, 'timeout'],
];

describe('a request ends at its deadline if the receiver', () => {
  test.each(untilDeadline)('%s', async (_what, behavior, outcome) => {
    await using receiver = await HostileReceiver.listen(behavior);
    await using sender = openSender();

    const limitMs = outcome === 'timeout' ? shortDeadlineMs : bodyDeadlineMs;
    const startedAt = performance.now();
    const result = await sender.send(requestTo(receiver.origin, { deadlineMs: limitMs }));
    const tookMs = performance.now() - startedAt;

    expect(toOutcome(result)).toBe(outcome);
    expect(tookMs).toBeGreaterThanOrEqual(limitMs - 5);
    expect(tookMs).toBeLessThan(limitMs + slackMs);
    await expectNothingOpen(receiver, 1);
  });
});

describe('a request ends with its own outcome, well before the deadline, if the receiver', () => {
  test.each(coded)('%s', async (_what, behavior, outcome) => {
    await using receiver = await HostileReceiver.listen(behavior);
    await using sender = openSender();

    const result = await sender.send(requestTo(receiver.origin));

    expect(toOutcome(result)).toBe(outcome);
    expect(result.durationMs).toBeLessThan(deadlineMs / 2);
    await expectNothingOpen(receiver, 1);
  });
});

describe('a request over TLS fails with its own reason if the receiver', () => {
  test.each(secure)('%s', async (_what, options, outcome) => {
    await using receiver = await HostileReceiver.listen(options);
    await using sender = openSender({
      resolver: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });

    const result = await sender.send(
      requestTo(
        `https://receiver.test:${receiver.port}`,
        outcome === 'timeout' ? { deadlineMs: shortDeadlineMs } : {},
      ),
    );

    expect(toOutcome(result)).toBe(outcome);
    expect(receiver.requests).toEqual([]);
    await expectNothingOpen(receiver, 1);
  });
});

test('all hostile receivers at once do not affect requests to a good receiver', async () => {
  await using good = await HostileReceiver.listen(answer(ok));
  await using sender = openSender();
  const cases = [...untilDeadline, ...coded];
  const receivers = await Promise.all(cases.map(([, behavior]) => HostileReceiver.listen(behavior)));

  const hostile = Promise.all(
    receivers.map((receiver, i) =>
      sender.send(
        requestTo(receiver.origin, cases[i]?.[2] === 'timeout' ? { deadlineMs: shortDeadlineMs } : {}),
      ),
    ),
  );
  const served: SendResult[] = [];
  for (let i = 0; i < 10; i++) {
    served.push(...(await Promise.all(tenTimes(() => sender.send(requestTo(good.origin))))));
  }
  const outcomes = (await hostile).map(toOutcome);

  expect(new Set(served.map(toOutcome))).toEqual(new Set(['answered 200']));
  expect(outcomes).toEqual(cases.map(([, , outcome]) => outcome));
  await Promise.all(receivers.map((receiver) => receiver[Symbol.asyncDispose]()));
});

test('a refused connection, an unreachable address and an unknown name have different reasons', async () => {
  const gone = await HostileReceiver.listen(silent);
  const origin = gone.origin;
  await gone[Symbol.asyncDispose]();
  await using sender = openSender({
    resolver: (host) =>
      host === 'odd.test'
        ? Promise.resolve([{ address: '255.255.255.255', family: 4 }])
        : Promise.reject(Object.assign(new Error('nothing'), { code: 'ENOTFOUND' })),
  });

  expect(toOutcome(await sender.send(requestTo(origin)))).toBe('connection_refused');
  expect(toOutcome(await sender.send(requestTo('http://nowhere.test')))).toBe('dns_failed');
  expect(toOutcome(await sender.send(requestTo('http://odd.test')))).toBe('connect_failed');
});

test('a resolver that never returns ends at the deadline', async () => {
  await using sender = openSender({ resolver: () => new Promise(() => {}) });

  const result = await sender.send(requestTo('http://slow.test', { deadlineMs: shortDeadlineMs }));

  expect(toOutcome(result)).toBe('timeout');
  expect(result.durationMs).toBeLessThan(shortDeadlineMs + slackMs);
});

describe('a very long body', () => {
  const pieces = Buffer.alloc(64 * 1024, 'a');

  test.each([
    ['with a length', `HTTP/1.1 200 OK\r\ncontent-length: ${10 ** 12}\r\n\r\n`, pieces],
    ['up to the end of the connection', 'HTTP/1.1 200 OK\r\n\r\n', pieces],
    ['in chunks', chunkedHead, Buffer.from(`10000\r\n${pieces.toString('latin1')}\r\n`)],
  ])('%s ends with its status and its start, and closes the socket', async (_name, head, piece) => {
    await using receiver = await HostileReceiver.listen(answerWithoutEnd(head, piece));
    await using sender = openSender();

    const result = await sender.send(requestTo(receiver.origin));

    expect(result).toMatchObject({ kind: 'answered', statusCode: 200, reply: 'a'.repeat(2048) });
    await expectNothingOpen(receiver, 1);
  });

  test('uses no memory, a hundred times over', async () => {
    await using receiver = await HostileReceiver.listen(answerWithoutEnd('HTTP/1.1 200 OK\r\n\r\n', pieces));
    await using sender = openSender();

    const grownMb = await growthInMb(async () => {
      const results = await Promise.all(
        Array.from({ length: 100 }, () => sender.send(requestTo(receiver.origin))),
      );
      expect(new Set(results.map(toOutcome))).toEqual(new Set(['answered 200']));
    });

    expect(grownMb).toBeLessThan(32);
  });

  test('of exactly 16 KiB is read whole and leaves the connection reusable', async () => {
    const body = 'a'.repeat(16 * 1024);
    await using receiver = await HostileReceiver.listen(
      answer(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
    );
    await using sender = openSender();

    await sender.send(requestTo(receiver.origin));
    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
    expect(receiver.connections).toBe(1);
  });
});

test('a gzip bomb is not decompressed, so memory stays flat', async () => {
  // 15 KB that would decompress to 15 MB.
  const bomb = gzipSync(Buffer.alloc(15 * 1024 * 1024), { level: 9 });
  expect(bomb.length).toBeLessThan(16 * 1024);
  await using receiver = await HostileReceiver.listen(
    answer(
      Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`),
        bomb,
      ]),
    ),
  );
  await using sender = openSender();

  const grownMb = await growthInMb(async () => {
    for (let i = 0; i < 50; i++) {
      const result = await sender.send(requestTo(receiver.origin));
      expect(result).toMatchObject({ kind: 'answered', statusCode: 200 });
      expect(result.kind === 'answered' && result.reply.startsWith('\u001f\ufffd')).toBe(true);
    }
  });

  expect(grownMb).toBeLessThan(16);
});

test.each([
  ['15 KB of headers', 15 * 1024, 0],
  ['15 KB of headers in one piece with a long body', 15 * 1024, 200_000],
  ['a head in two pieces, the second with a long body', 10, 200_000],
])('a response with %s is accepted', async (_name, headerBytes, bodyBytes) => {
  const head = `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(headerBytes)}\r\ncontent-length: ${bodyBytes}\r\n\r\n`;
  await using receiver = await HostileReceiver.listen((socket) => {
    if (headerBytes > 10) socket.write(head + 'a'.repeat(bodyBytes));
    else {
      // Splits the empty line that ends the head.
      socket.write(head.slice(0, -2));
      setTimeout(() => socket.write(`\r\n${'a'.repeat(bodyBytes)}`), 20);
    }
  });
  await using sender = openSender();

  const result = await sender.send(requestTo(receiver.origin));

  expect(result).toMatchObject({
    kind: 'answered',
    statusCode: 200,
    reply: 'a'.repeat(Math.min(bodyBytes, 2048)),
  });
});

test('a flood of short headers costs little CPU time, because it creates no error per header', async () => {
  await using receiver = await HostileReceiver.listen(
    answer(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(10_000)}`),
  );
  await using sender = openSender();
  await sender.send(requestTo(receiver.origin));

  const before = process.cpuUsage();
  for (let i = 0; i < 20; i++) await sender.send(requestTo(receiver.origin));
  const { user, system } = process.cpuUsage(before);

  // Far below the cost of one error per header, the receiver's share included.
  expect((user + system) / 20_000).toBeLessThan(20);
});

test('bytes after a response do not become the response to the next request', async () => {
  await using receiver = await HostileReceiver.listen((socket) => {
    socket.write(`${ok}HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n`);
  });
  await using sender = openSender();

  for (let i = 0; i < 5; i++) {
    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
  }
});

function tenTimes<T>(make: () => T): T[] {
  return Array.from({ length: 10 }, make);
}

/** Expects that no socket is open, and that none was reopened for a finished request. */
async function expectNothingOpen(receiver: HostileReceiver, connections: number): Promise<void> {
  receiver.readOn();
  await expect.poll(() => receiver.open, { interval: 5 }).toBe(0);
  expect(receiver.connections).toBe(connections);
}

/** The highest memory growth of the process, receiver included, during a run. */
async function growthInMb(run: () => Promise<void>): Promise<number> {
  await run(); // warms up: modules load and code compiles
  globalThis.gc?.();
  const before = memoryInMb();
  let highest = before;
  const watch = setInterval(() => (highest = Math.max(highest, memoryInMb())), 5);
  await run();
  clearInterval(watch);
  return Math.max(highest, memoryInMb()) - before;
}

function memoryInMb(): number {
  return process.memoryUsage().rss / 1024 / 1024;
}
