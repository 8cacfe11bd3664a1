import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection, ConnectionUser } from '../../../../server/src/delivery/http/connection.ts';
import { Exchange } from '../../../../server/src/delivery/http/exchange.ts';
import { InvalidRequestError } from '../../../../server/src/delivery/http/request-bytes.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A request with a deadline of 5 s on a connection that the test is the other end of. */
function aScene({ deadlineMs = 5_000, hasSentAll = true, send = (): void => undefined } = {}) {
  const results: SendResult[] = [];
  const returned: unknown[] = [];
  const keepAlive: unknown[] = [];
  const users: ConnectionUser[] = [];
  const connection = {
    hasSentAll,
    send: (user: ConnectionUser) => {
      users.push(user);
      send();
    },
    setKeepAlive: (seconds: unknown) => void keepAlive.push(seconds),
  } as unknown as Connection; // what an exchange uses of it
  const exchange = new Exchange(
    { accountId: 'acc_a', origin: 'http://r.test', path: '/', headers: {}, body: '{}', deadlineMs },
    {
      onExchangeFinished: (finished, its, isReusable) => {
        expect(finished).toBe(exchange);
        returned.push([its, isReusable]);
      },
    },
    (result) => void results.push(result),
  );
  const receive = (text: string) => exchange.onBytes(Buffer.from(text));
  return { exchange, connection, results, returned, keepAlive, users, receive };
}

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nretry-after: 7\r\nkeep-alive: timeout=9\r\n\r\nok';
const head = 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n';

describe('a response', () => {
  it('ends the exchange, whose connection is free for the next one', () => {
    vi.advanceTimersByTime(100);
    const { exchange, connection, results, returned, keepAlive, users, receive } = aScene();
    exchange.begin(connection);
    expect(users).toEqual([exchange]);
    vi.advanceTimersByTime(30);
    receive(ok.slice(0, 20));
    expect([results, exchange.isFinished]).toEqual([[], false]);
    receive(ok.slice(20));
    expect(results).toEqual([
      {
        kind: 'answered',
        statusCode: 200,
        retryAfter: '7',
        headers: { 'retry-after': '7' },
        reply: 'ok',
        durationMs: 30,
      },
    ]);
    expect(returned).toEqual([[connection, true]]);
    expect(keepAlive).toEqual([9]);
    expect([exchange.isFinished, vi.getTimerCount()]).toEqual([true, 0]);
  });

  it.each([
    ['half of the request was sent', { hasSentAll: false }, ok],
    ['the server closes the connection', {}, ok.replace('\r\n', '\r\nconnection: close\r\n')],
  ])('leaves a connection that is not used again if %s', (_name, options, bytes) => {
    const { exchange, connection, results, returned, receive } = aScene(options);
    exchange.begin(connection);
    receive(bytes);
    expect(results).toMatchObject([{ kind: 'answered', statusCode: 200 }]);
    expect(returned).toEqual([[connection, false]]);
  });

  it('is decided by its status if the rest does not follow within a second', () => {
    const { exchange, connection, results, returned, receive } = aScene();
    exchange.begin(connection);
    receive(head);
    vi.advanceTimersByTime(600);
    receive('part');
    vi.advanceTimersByTime(399);
    expect(results).toEqual([]);
    vi.advanceTimersByTime(1);
    const incomplete = 'no complete response within 1000 ms';
    expect(results).toMatchObject([{ kind: 'answered', statusCode: 200, reply: 'part', incomplete }]);
    expect(returned).toEqual([[connection, false]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may take until the deadline while its head is not complete', () => {
    const { exchange, connection, results, receive } = aScene();
    exchange.begin(connection);
    receive('HTTP/1.1 200 OK\r\n');
    vi.advanceTimersByTime(4_999);
    expect(results).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(results).toMatchObject([{ kind: 'unanswered', reason: 'timeout', statusCode: 200 }]);
  });

  it('is decided by its status if the deadline comes first', () => {
    const { exchange, connection, results, receive } = aScene({ deadlineMs: 300 });
    exchange.begin(connection);
    receive(head);
    vi.advanceTimersByTime(300);
    const incomplete = 'no complete response within 300 ms';
    expect(results).toMatchObject([{ kind: 'answered', incomplete, durationMs: 300 }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    [undefined, 'closed during the body'],
    [Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'ECONNRESET'],
  ])('is decided by its status if the connection is lost in the body: %s', (error, incomplete) => {
    const { exchange, connection, results, returned, receive } = aScene();
    exchange.begin(connection);
    receive(`${head}part`);
    exchange.onLost(error);
    expect(results).toMatchObject([{ kind: 'answered', statusCode: 200, reply: 'part', incomplete }]);
    expect(returned).toEqual([[connection, false]]);
  });
});

describe('a request without a response', () => {
  it('fails at its deadline', () => {
    const { exchange, connection, results, returned } = aScene();
    exchange.begin(connection);
    vi.advanceTimersByTime(4_999);
    expect(results).toEqual([]);
    vi.advanceTimersByTime(1);
    const detail = 'no complete response within 5000 ms';
    expect(results).toEqual([{ kind: 'unanswered', reason: 'timeout', detail, durationMs: 5_000 }]);
    expect(returned).toEqual([[connection, false]]);
  });

  it.each([
    ['', undefined, { reason: 'connection_reset', detail: 'closed before the response' }],
    ['HTTP/1.1 503 X\r\n', undefined, { reason: 'connection_reset', statusCode: 503 }],
    ['', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), { reason: 'connection_refused' }],
  ])('fails when the connection is lost after %j: %s', (bytes, error, expected) => {
    const { exchange, connection, results } = aScene();
    exchange.begin(connection);
    receive(exchange, bytes);
    exchange.onLost(error);
    expect(results).toMatchObject([{ kind: 'unanswered', ...expected }]);
    expect('statusCode' in (results[0] ?? {})).toBe('statusCode' in expected);
  });

  it.each([
    ['SSH-2.0\r\n', { reason: 'bad_response', detail: 'not HTTP' }],
    ['HTTP/1.1 101 X\r\n\r\n', { reason: 'protocol_upgrade', statusCode: 101 }],
  ])('fails after %j', (bytes, expected) => {
    const { exchange, connection, results, returned } = aScene();
    exchange.begin(connection);
    receive(exchange, bytes);
    expect(results).toMatchObject([{ kind: 'unanswered', ...expected }]);
    expect(returned).toEqual([[connection, false]]);
  });

  it('fails at once if it cannot be sent', () => {
    const { exchange, connection, results, returned } = aScene({
      send: () => {
        throw new InvalidRequestError('the path is invalid');
      },
    });
    exchange.begin(connection);
    const detail = 'the path is invalid';
    expect(results).toEqual([{ kind: 'unanswered', reason: 'internal_error', detail, durationMs: 0 }]);
    expect(returned).toEqual([[connection, false]]);
  });

  it('fails at its deadline, too, if it never got a connection', () => {
    const { results, returned } = aScene({ deadlineMs: 100 });
    vi.advanceTimersByTime(100);
    expect(results).toMatchObject([{ reason: 'timeout' }]);
    expect(returned).toEqual([[undefined, false]]);
  });
});

it('an exchange that has finished ignores what follows', () => {
  const { exchange, connection, results, returned, receive } = aScene();
  exchange.begin(connection);
  receive(ok);
  receive(ok);
  exchange.onLost(undefined);
  exchange.expire(1);
  expect([results.length, returned.length]).toEqual([1, 1]);
  expect(results).toMatchObject([{ reply: 'ok' }]);
});

function receive(exchange: Exchange, text: string): void {
  exchange.onBytes(Buffer.from(text));
}
