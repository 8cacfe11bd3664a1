import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection, type ConnectionUser } from '../../../../server/src/delivery/http/connection.ts';
import { FakeDialer, type FakeSocket } from '../../../support/fake-dialer.ts';

const realImmediate = setImmediate;
/** Two turns of the event loop, after which a request on a kept connection is written. */
const turns = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => realImmediate(resolve));
};

class User implements ConnectionUser {
  readonly request = {
    accountId: 'acc_a',
    origin: 'http://receiver.test:8080',
    path: '/hook',
    headers: {},
    body: '{}',
    deadlineMs: 1_000,
  };
  readonly received: string[] = [];
  readonly lost: (Error | undefined)[] = [];

  onBytes(bytes: Buffer): void {
    this.received.push(bytes.toString('latin1'));
  }

  onLost(error: Error | undefined): void {
    this.lost.push(error);
  }
}

let dialer: FakeDialer;
let connection: Connection;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  dialer = new FakeDialer();
  connection = new Connection(dialer.toDialer(), 4_000);
});
afterEach(() => void vi.useRealTimers());

const bytes =
  'POST /hook HTTP/1.1\r\nhost: receiver.test:8080\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\n{}';

/** A connection that has had a response, and is kept. */
function kept(keepAliveSeconds?: number): FakeSocket {
  connection.send(new User());
  const socket = dialer.open();
  socket.receive('response');
  connection.setKeepAlive(keepAliveSeconds);
  connection.release();
  return socket;
}

describe('a new connection', () => {
  it('is opened for the request, which is written once', () => {
    const user = new User();
    connection.send(user);
    expect([dialer.dials, connection.hasSentAll]).toEqual([1, false]);
    const socket = dialer.open();
    expect(socket.written).toEqual([`latin1:${bytes}`]);
    expect(connection.hasSentAll).toBe(true);
    socket.writableLength = 7;
    expect(connection.hasSentAll).toBe(false);
    socket.receive('a');
    socket.receive('b');
    expect([user.received, user.lost]).toEqual([['a', 'b'], []]);
  });

  it('that cannot be opened fails the request', () => {
    const user = new User();
    connection.send(user);
    const error = new Error('refused');
    dialer.fail(error);
    expect(user.lost).toEqual([error]);
    expect(connection.hasSentAll).toBe(false);
  });

  it.each([
    ['end', undefined],
    ['close', undefined],
    ['error', new Error('reset')],
  ])('that is lost by %s fails the request once', (event, error) => {
    const user = new User();
    connection.send(user);
    const socket = dialer.open();
    socket.emit(event, error);
    socket.emit('close');
    socket.receive('late');
    expect([user.lost, user.received]).toEqual([[error], []]);
    expect([socket.isDestroyed, dialer.dials]).toEqual([true, 1]);
  });

  it('rejects a request that is not valid before it is opened', () => {
    const user = new User();
    Object.assign(user.request, { path: 'x y' });
    expect(() => connection.send(user)).toThrow('the path is invalid');
    expect(dialer.dials).toBe(0);
  });
});

describe('a kept connection', () => {
  it('is used for the next request, at the end of the turn', async () => {
    const socket = kept();
    const user = new User();
    connection.send(user);
    expect([socket.written.length, connection.hasSentAll]).toEqual([1, false]);
    await turns();
    expect(socket.written).toEqual([`latin1:${bytes}`, `latin1:${bytes}`]);
    socket.receive('next');
    expect([user.received, dialer.dials]).toEqual([['next'], 1]);
  });

  it('that is lost before the request is written is replaced', async () => {
    const socket = kept();
    const user = new User();
    connection.send(user);
    socket.emit('end');
    await turns();
    expect([socket.written.length, socket.isDestroyed, dialer.dials]).toEqual([1, true, 2]);
    const next = dialer.open();
    await turns();
    expect([next.written, user.lost]).toEqual([[`latin1:${bytes}`], []]);
  });

  it('with bytes that no request asked for is replaced', async () => {
    const socket = kept();
    const user = new User();
    connection.send(user);
    socket.receive('HTTP/1.1 408 Timeout\r\n\r\n');
    await turns();
    expect([socket.isDestroyed, dialer.dials, user.received]).toEqual([true, 2, []]);
    expect(dialer.open().written).toHaveLength(1);
  });

  it('that is lost before a byte of the response sends the request again, once', async () => {
    const socket = kept();
    const user = new User();
    connection.send(user);
    await turns();
    socket.emit('error', new Error('reset'));
    expect([user.lost, dialer.dials]).toEqual([[], 2]);
    const next = dialer.open();
    expect(next.written).toEqual([`latin1:${bytes}`]);
    next.emit('end');
    expect([user.lost, dialer.dials]).toEqual([[undefined], 2]);
  });

  it('that is lost within the response fails the request', async () => {
    const socket = kept();
    const user = new User();
    connection.send(user);
    await turns();
    socket.receive('HTTP/1.1 200');
    socket.emit('end');
    expect([user.lost, dialer.dials]).toEqual([[undefined], 1]);
  });

  it('is closed at the first byte or the end while it is idle', () => {
    const socket = kept();
    socket.receive('x');
    expect(socket.isDestroyed).toBe(true);
    connection = new Connection(dialer.toDialer(), 4_000);
    const other = kept();
    other.emit('end');
    expect([other.isDestroyed, dialer.dials, vi.getTimerCount()]).toEqual([true, 2, 0]);
  });
});

describe('an idle connection', () => {
  it.each([
    ['4 s', undefined, 4_000],
    ['two seconds less than its server says', 5, 3_000],
    ['30 s at most', 60, 30_000],
  ])('is kept for %s', (_name, seconds, keptMs) => {
    const socket = kept(seconds);
    vi.advanceTimersByTime(keptMs - 1);
    expect(socket.isDestroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect([socket.isDestroyed, vi.getTimerCount()]).toEqual([true, 0]);
  });

  it('is closed at once if its server keeps it for two seconds', () => {
    expect(kept(2).isDestroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is kept for longer than 30 s only if we keep all connections so long', () => {
    connection = new Connection(dialer.toDialer(), 40_000);
    const socket = kept(60);
    vi.advanceTimersByTime(39_999);
    expect(socket.isDestroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(socket.isDestroyed).toBe(true);
  });

  it('is kept from its last request on', async () => {
    const socket = kept();
    vi.advanceTimersByTime(3_000);
    connection.send(new User());
    await turns();
    vi.advanceTimersByTime(2_000);
    expect(socket.isDestroyed).toBe(false);
    socket.receive('response');
    connection.release();
    vi.advanceTimersByTime(3_999);
    expect(socket.isDestroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(socket.isDestroyed).toBe(true);
  });

  it('is not used after its time, also if the process was too busy to close it', () => {
    const socket = kept();
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 4_000);
    connection.send(new User());
    now.mockRestore();
    expect([socket.isDestroyed, dialer.dials]).toEqual([true, 2]);
  });
});

describe('a connection that is destroyed', () => {
  it('stops to connect', () => {
    const user = new User();
    connection.send(user);
    connection.destroy();
    expect(dialer.canceled).toBe(1);
    connection.destroy();
    expect(dialer.canceled).toBe(1);
  });

  it('is closed, and its user hears nothing more', async () => {
    const socket = kept();
    const user = new User();
    connection.send(user);
    connection.destroy();
    await turns();
    socket.receive('late');
    socket.emit('close');
    expect([socket.isDestroyed, socket.written.length]).toEqual([true, 1]);
    expect([user.received, user.lost, dialer.dials, vi.getTimerCount()]).toEqual([[], [], 1, 0]);
  });
});
