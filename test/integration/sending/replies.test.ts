import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  answer,
  answerAndEnd,
  answerAndReset,
  HostileReceiver,
  type Behavior,
  type HostileReceiverOptions,
} from '../../support/hostile-receiver.ts';
import {
  bodyDeadlineMs,
  deadlineMs,
  ok,
  openSender,
  requestTo,
  shortDeadlineMs,
  toOutcome,
} from './fixtures.ts';

/*
 * The table of docs/replies.md: at each stage a reply breaks, with a status before it or without. One row is one
 * cell of the table.
 */

interface Row {
  readonly receiver: Behavior | HostileReceiverOptions;
  /** The reason, or `answered` and the status. */
  readonly outcome: string;
  /** The status that is stored, if it is not the outcome. */
  readonly status?: number;
  readonly reply?: string;
  readonly incomplete?: string;
  /** Whether the connection takes another request. @default false */
  readonly isReused?: boolean;
  /** @default 20000 */
  readonly deadlineMs?: number;
}

const toHead = (fields = '', status = '200 OK') => `HTTP/1.1 ${status}\r\n${fields}\r\n`;
const sized = (length: number) => toHead(`content-length: ${length}\r\n`);
const chunked = toHead('transfer-encoding: chunked\r\n');
const noAnswer: Behavior = () => {};
const reset = (socket: Socket) => socket.resetAndDestroy();

/** Sends parts, each in a packet of its own. */
function answerInParts(...parts: readonly string[]): Behavior {
  return (socket) => {
    const [first = '', ...rest] = parts;
    socket.write(first, () => {
      if (rest.length > 0) setTimeout(() => answerInParts(...rest)(socket, ''), 10);
    });
  };
}

const beforeTheStatus: Record<string, Row> = {
  'reset on connection': { receiver: { onConnection: reset }, outcome: 'connection_reset' },
  'FIN on connection': {
    receiver: { onConnection: (socket) => socket.end() },
    outcome: 'connection_reset',
  },
  'FIN before any byte': { receiver: answerAndEnd(''), outcome: 'connection_reset' },
  'reset before any byte': { receiver: answerAndReset(''), outcome: 'connection_reset' },
  'deadline before any byte': {
    receiver: noAnswer,
    deadlineMs: shortDeadlineMs,
    outcome: 'timeout',
  },
  'FIN in the status line': { receiver: answerAndEnd('HTTP/1.1 20'), outcome: 'connection_reset' },
  'reset in the status line': { receiver: answerAndReset('HTTP/1.1 20'), outcome: 'connection_reset' },
  'deadline in the status line': {
    receiver: answer('HTTP/1.1 20'),
    deadlineMs: shortDeadlineMs,
    outcome: 'timeout',
  },
  'a malformed status': { receiver: answer(toHead('', '2x0 OK')), outcome: 'bad_response' },
  'no HTTP': { receiver: answer('220 mail.test ESMTP\r\n'), outcome: 'bad_response' },
  'no HTTP, and no request awaited': {
    receiver: { onConnection: (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n') },
    outcome: 'bad_response',
  },
};

const informational: Record<string, Row> = {
  'an unasked 100 Continue': {
    receiver: answer(`HTTP/1.1 100 Continue\r\n\r\n${ok}`),
    outcome: 'answered 200',
    reply: 'ok',
    isReused: true,
  },
  'an unasked 100 Continue, the rest later': {
    receiver: answerInParts('HTTP/1.1 100 Continue\r\n', '\r\n', ok),
    outcome: 'answered 200',
    reply: 'ok',
    isReused: true,
  },
  'eight of 102 and 103': {
    receiver: answer('HTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 H\r\nlink: a\r\n\r\n'.repeat(4) + ok),
    outcome: 'answered 200',
    reply: 'ok',
    isReused: true,
  },
  'nine informational responses': {
    receiver: answer('HTTP/1.1 103 H\r\n\r\n'.repeat(9) + ok),
    outcome: 'bad_response',
  },
  'FIN after 100 Continue': {
    receiver: answerAndEnd('HTTP/1.1 100 Continue\r\n\r\n'),
    outcome: 'connection_reset',
  },
  'deadline after 100 Continue': {
    receiver: answer('HTTP/1.1 100 Continue\r\n\r\n'),
    deadlineMs: shortDeadlineMs,
    outcome: 'timeout',
  },
  '101 Switching Protocols': {
    receiver: answer(toHead('upgrade: x\r\n', '101 Switching Protocols')),
    outcome: 'protocol_upgrade',
    status: 101,
  },
};

const inTheHeaders: Record<string, Row> = {
  'FIN in the headers': {
    receiver: answerAndEnd('HTTP/1.1 200 OK\r\nx: '),
    outcome: 'connection_reset',
    status: 200,
  },
  'reset in the headers': {
    receiver: answerAndReset('HTTP/1.1 503 No\r\nx: y\r\n'),
    outcome: 'connection_reset',
    status: 503,
  },
  'deadline in the headers': {
    receiver: answer('HTTP/1.1 200 OK\r\nx: y\r\n'),
    deadlineMs: bodyDeadlineMs,
    outcome: 'timeout',
    status: 200,
  },
  'more than 16 KB of headers': {
    receiver: answer(toHead(`x: ${'y'.repeat(20_000)}\r\n`)),
    outcome: 'bad_response',
    status: 200,
  },
  'a folded header': {
    receiver: answer(toHead('x-folded: a\r\n  b\r\ncontent-length: 2\r\n') + 'ok'),
    outcome: 'answered 200',
    reply: 'ok',
    isReused: true,
  },
  'line feeds alone': {
    receiver: answer('HTTP/1.1 200 OK\ncontent-length: 2\n\nok'),
    outcome: 'answered 200',
    reply: 'ok',
    isReused: true,
  },
  'no reason phrase': {
    receiver: answer(toHead('content-length: 0\r\n', '200')),
    outcome: 'answered 200',
    isReused: true,
  },
  'HTTP/1.0': {
    receiver: answerAndEnd('HTTP/1.0 200 OK\r\n\r\nok'),
    outcome: 'answered 200',
    reply: 'ok',
  },
  'a header that is not valid': {
    receiver: answer(toHead('x y: \0\r\ncontent-length: 2\r\n') + 'ok'),
    outcome: 'answered 200',
    reply: 'ok',
  },
};

const inTheBody: Record<string, Row> = {
  'FIN before the body': {
    receiver: answerAndEnd(sized(2)),
    outcome: 'answered 200',
    incomplete: 'closed during the body',
  },
  'FIN in a body that is too short': {
    receiver: answerAndEnd(`${sized(100)}part`),
    outcome: 'answered 200',
    reply: 'part',
    incomplete: 'closed during the body',
  },
  'FIN in an error that is too short': {
    receiver: answerAndEnd(`${toHead('content-length: 9\r\n', '503 No')}part`),
    outcome: 'answered 503',
    reply: 'part',
    incomplete: 'closed during the body',
  },
  'reset in the body': {
    receiver: answerAndReset(`${sized(100)}part`),
    outcome: 'answered 200',
    reply: 'part',
    incomplete: 'ECONNRESET',
  },
  'reset in the body of an error': {
    receiver: answerAndReset(toHead('content-length: 9\r\n', '410 Gone')),
    outcome: 'answered 410',
    incomplete: 'ECONNRESET',
  },
  'deadline in the body': {
    receiver: answer(`${sized(100)}part`),
    deadlineMs: bodyDeadlineMs,
    outcome: 'answered 200',
    reply: 'part',
    incomplete: `no complete response within ${bodyDeadlineMs} ms`,
  },
  'a body that stays open for a second': {
    receiver: answer(`${chunked}2\r\nok\r\n`),
    outcome: 'answered 200',
    reply: 'ok',
    incomplete: 'no complete response within 1000 ms',
  },
  'a body that is too long': {
    receiver: answer(`${sized(2)}okay`),
    outcome: 'answered 200',
    reply: 'ok',
  },
  'equal lengths': {
    receiver: answer(`${toHead('content-length: 2\r\ncontent-length: 2\r\n')}ok`),
    outcome: 'answered 200',
    reply: 'ok',
    isReused: true,
  },
  'different lengths': {
    receiver: answer(`${toHead('content-length: 2\r\ncontent-length: 3\r\n')}ok`),
    outcome: 'answered 200',
    incomplete: 'contradicting lengths',
  },
  'a negative length': {
    receiver: answer(`${sized(-1)}ok`),
    outcome: 'answered 200',
    incomplete: 'contradicting lengths',
  },
  'a length that is no number': {
    receiver: answer(`${toHead('content-length: two\r\n', '500 No')}ok`),
    outcome: 'answered 500',
    incomplete: 'contradicting lengths',
  },
  'FIN in the chunks': {
    receiver: answerAndEnd(`${chunked}2\r\nok\r\n`),
    outcome: 'answered 200',
    reply: 'ok',
    incomplete: 'closed during the body',
  },
  'a malformed chunk': {
    receiver: answer(`${chunked}2\r\nok\r\nzz\r\n`),
    outcome: 'answered 200',
    reply: 'ok',
    incomplete: 'malformed chunks',
  },
  'a huge chunk extension': {
    receiver: answer(`${chunked}2;${'x'.repeat(60_000)}\r\nok\r\n0\r\n\r\n`),
    outcome: 'answered 200',
    incomplete: 'too many bytes outside the body',
  },
  trailers: {
    receiver: answer(`${chunked}2\r\nok\r\n0\r\nx: y\r\n\r\n`),
    outcome: 'answered 200',
    reply: 'ok',
    isReused: true,
  },
  'a length beside chunks': {
    receiver: answer(`${toHead('content-length: 9\r\ntransfer-encoding: chunked\r\n')}2\r\nok\r\n0\r\n\r\n`),
    outcome: 'answered 200',
    reply: 'ok',
  },
  'neither length nor chunks, and FIN': {
    receiver: answerAndEnd(`${toHead()}until the end`),
    outcome: 'answered 200',
    reply: 'until the end',
  },
  'neither length nor chunks, and a reset': {
    receiver: answerAndReset(`${toHead()}part`),
    outcome: 'answered 200',
    reply: 'part',
    incomplete: 'ECONNRESET',
  },
  '204 with a length and a body': {
    receiver: answer(`${toHead('content-length: 2\r\n', '204 No Content')}ok`),
    outcome: 'answered 204',
  },
  '204 with a body': {
    receiver: answer(`${toHead('', '204 No Content')}ok`),
    outcome: 'answered 204',
  },
  '304 with a length': {
    receiver: answer(toHead('content-length: 2\r\n', '304 Not Modified')),
    outcome: 'answered 304',
    isReused: true,
  },
  'more than 16 KB of body': {
    receiver: answer(`${sized(20_000)}${'x'.repeat(20_000)}`),
    outcome: 'answered 200',
    reply: 'x'.repeat(2_048),
  },
  'a second reply': {
    receiver: answer(ok + ok),
    outcome: 'answered 200',
    reply: 'ok',
  },
  'FIN after the reply': { receiver: answerAndEnd(ok), outcome: 'answered 200', reply: 'ok' },
  'the announced close': {
    receiver: answer(`${toHead('connection: close\r\ncontent-length: 2\r\n')}ok`),
    outcome: 'answered 200',
    reply: 'ok',
  },
};

const secure: Record<string, Row> = {
  'FIN in the TLS handshake': {
    receiver: { onConnection: (socket) => socket.end() },
    outcome: 'connection_reset',
  },
  'no TLS': { receiver: { onConnection: answer(ok) }, outcome: 'tls_failed' },
  'FIN before any byte, within TLS': {
    receiver: { certificate: 'valid', onRequest: answerAndEnd('') },
    outcome: 'connection_reset',
  },
  'FIN in the body, within TLS': {
    receiver: { certificate: 'valid', onRequest: answerAndEnd(`${sized(100)}part`) },
    outcome: 'answered 200',
    reply: 'part',
    incomplete: 'closed during the body',
  },
  'a whole reply, within TLS': {
    receiver: { certificate: 'valid', onRequest: answer(ok) },
    outcome: 'answered 200',
    reply: 'ok',
    isReused: true,
  },
};

async function check(row: Row, toOrigin = (receiver: HostileReceiver) => receiver.origin): Promise<void> {
  await using receiver = await HostileReceiver.listen(row.receiver);
  await using sender = openSender({
    resolver: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  });
  const request = requestTo(toOrigin(receiver), { deadlineMs: row.deadlineMs ?? deadlineMs });

  const result = await sender.send(request);

  expect(toOutcome(result)).toBe(row.outcome);
  if (result.kind === 'answered') {
    const { reply, incomplete } = result;
    expect({ reply, incomplete }).toEqual({ reply: row.reply ?? '', incomplete: row.incomplete });
  } else expect(result.statusCode).toBe(row.status);
  // A fresh connection that fails is not tried again.
  expect(receiver.connections).toBe(1);
  if (row.isReused === true) {
    expect(toOutcome(await sender.send(request))).toBe(row.outcome);
    expect(receiver.connections).toBe(1);
  } else {
    receiver.readOn();
    await expect.poll(() => receiver.open, { interval: 5 }).toBe(0);
  }
}

describe('a reply that breaks', () => {
  test.each(Object.entries(beforeTheStatus))('before its status: %s', (_what, row) => check(row));
  test.each(Object.entries(informational))('with an informational response: %s', (_what, row) => check(row));
  test.each(Object.entries(inTheHeaders))('in its headers: %s', (_what, row) => check(row));
  test.each(Object.entries(inTheBody))('in its body: %s', (_what, row) => check(row));
  test.each(Object.entries(secure))('over TLS: %s', (_what, row) =>
    check(row, (receiver) => `https://receiver.test:${receiver.port}`),
  );
});

test('a reply to half a request decides, and its connection takes no other request', async () => {
  await using receiver = await HostileReceiver.listen({
    // Reads nothing more, so that the rest of the request stays unsent.
    onConnection: (socket) =>
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno');
      }),
  });
  await using sender = openSender();

  const result = await sender.send(requestTo(receiver.origin, { body: 'x'.repeat(16 * 1024 * 1024) }));

  expect(result).toMatchObject({ kind: 'answered', statusCode: 413, reply: 'no' });
  receiver.readOn();
  await expect.poll(() => receiver.open, { interval: 5 }).toBe(0);
});
