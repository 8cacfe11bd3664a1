import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionPool } from '../../../../server/src/delivery/http/connection-pool.ts';
import { SocketBudget } from '../../../../server/src/delivery/http/socket-budget.ts';
import { UnsentRequests } from '../../../../server/src/delivery/http/unsent.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';
import { FakeDialer, type FakeSocket } from '../../../support/fake-dialer.ts';

const realImmediate = setImmediate;
const turns = async () => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => realImmediate(resolve));
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

/** A pool of two connections at most, in a process that may have ten. Requests wait for half a second. */
function aPool({ maxConnections = 2, sockets = new SocketBudget(10) } = {}) {
  const dialer = new FakeDialer();
  const finished = { count: 0 };
  const pool = new ConnectionPool(
    'acc_a',
    {
      dialer: dialer.toDialer(),
      sockets,
      unsent: new UnsentRequests({}),
      onFinished: () => void finished.count++,
    },
    { maxConnections, keepAliveMs: 4_000, maxWaitMs: 500 },
  );
  const results: string[] = [];
  const send = (name: string) => {
    const path = `/${name}`;
    pool.send(
      { accountId: 'acc_a', origin: 'http://receiver.test', path, headers: {}, body: '', deadlineMs: 5_000 },
      (result: SendResult) =>
        void results.push(`${name} ${result.kind === 'answered' ? result.statusCode : result.detail}`),
    );
  };
  /** Opens a connection for each request. */
  const open = (...names: string[]): FakeSocket[] => {
    for (const name of names) send(name);
    return names.map(() => dialer.open());
  };
  const written = () =>
    dialer.sockets.map((socket) => socket.written.map((text) => /\/(\w+)/.exec(text)?.[1]));
  return { pool, dialer, sockets, finished, results, send, open, written };
}

describe('a request', () => {
  it('gets a connection of its own while there are some', () => {
    const { open, results, written, finished, sockets } = aPool();
    const [first, second] = open('a', 'b');
    expect([written(), sockets.stats]).toEqual([[['a'], ['b']], { busy: 2, idle: 0 }]);
    second?.receive(ok);
    first?.receive(ok);
    expect([results, finished.count]).toEqual([['b 200', 'a 200'], 2]);
    expect(sockets.stats).toEqual({ busy: 0, idle: 2 });
  });

  it('uses the connection that was used last', async () => {
    const { open, send, written } = aPool();
    const [first, second] = open('a', 'b');
    first?.receive(ok);
    second?.receive(ok);
    send('c');
    await turns();
    expect(written()).toEqual([['a'], ['b', 'c']]);
  });

  it('waits its turn while all connections are in use', async () => {
    const { open, send, results, written, dialer } = aPool({ maxConnections: 1 });
    const [socket] = open('a');
    send('b');
    send('c');
    await turns();
    expect(written()).toEqual([['a']]);
    socket?.receive(ok);
    await turns();
    expect(written()).toEqual([['a', 'b']]);
    socket?.receive(ok);
    await turns();
    socket?.receive(ok);
    expect([written(), results, dialer.dials]).toEqual([[['a', 'b', 'c']], ['a 200', 'b 200', 'c 200'], 1]);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('waits behind those that came before it', async () => {
    const sockets = new SocketBudget(1);
    const other = sockets.addPool('acc_b');
    const { send, dialer } = aPool({ sockets });
    sockets.open(other);
    send('a');
    sockets.leave(other);
    send('b');
    expect(dialer.dials).toBe(0);
    sockets.beginWaiting();
    expect(dialer.dials).toBe(1);
    expect(dialer.open().written[0]).toContain('POST /a ');
    await turns();
  });

  it('that waits for half a second is not sent, which is no failure of the receiver', async () => {
    const { open, send, results, written, finished } = aPool({ maxConnections: 1 });
    const [socket] = open('a');
    send('b');
    vi.advanceTimersByTime(499);
    expect(results).toEqual([]);
    vi.advanceTimersByTime(1);
    expect([results, finished.count]).toEqual([['b no_connection'], 1]);
    socket?.receive(ok);
    await turns();
    expect([written(), finished.count]).toEqual([[['a']], 2]);
  });

  it('keeps its turn when the one before it has waited too long', async () => {
    const { open, send, results, written } = aPool({ maxConnections: 1 });
    const [socket] = open('a');
    send('b');
    vi.advanceTimersByTime(300);
    send('c');
    vi.advanceTimersByTime(200);
    socket?.receive(ok);
    await turns();
    expect([results, written()]).toEqual([['b no_connection', 'a 200'], [['a', 'c']]]);
  });

  it('that waits is not sent when the process stops', async () => {
    const { pool, open, send, results, written, finished, sockets } = aPool({ maxConnections: 1 });
    const [socket] = open('a');
    send('b');
    send('c');
    pool.endWaiting();
    expect(results).toEqual(['b shutting_down', 'c shutting_down']);
    const cancelWait = vi.spyOn(sockets, 'cancelWait');
    vi.advanceTimersByTime(500);
    expect(cancelWait).not.toHaveBeenCalled();
    socket?.receive(ok);
    await turns();
    expect([written(), finished.count]).toEqual([[['a']], 3]);
  });

  it('waits for a connection that another account has, and takes the place of an idle one', async () => {
    const sockets = new SocketBudget(2);
    const one = aPool({ sockets });
    const [idle] = one.open('a');
    idle?.receive(ok);
    const two = aPool({ sockets });
    const [busy] = two.open('b');
    expect([idle?.isDestroyed, sockets.stats]).toEqual([false, { busy: 1, idle: 1 }]);
    two.send('c');
    await turns();
    expect(two.dialer.dials).toBe(1);
    busy?.receive(ok);
    await turns();
    expect(two.written()).toEqual([['b', 'c']]);
  });
});

describe('a connection', () => {
  it('with an error is closed, and its place is free', () => {
    const { open, results, sockets } = aPool({ maxConnections: 1 });
    const [socket] = open('a');
    socket?.emit('error', Object.assign(new Error('x'), { code: 'ECONNRESET' }));
    expect([results, socket?.isDestroyed]).toEqual([['a ECONNRESET'], true]);
    expect(sockets.stats).toEqual({ busy: 0, idle: 0 });
  });

  it('that has been idle longest is closed first', () => {
    const { pool, open, sockets } = aPool();
    const [first, second] = open('a', 'b');
    second?.receive(ok);
    first?.receive(ok);
    pool.closeOldestIdle();
    expect([first?.isDestroyed, second?.isDestroyed]).toEqual([false, true]);
    expect(sockets.stats).toEqual({ busy: 0, idle: 1 });
    pool.closeOldestIdle();
    pool.closeOldestIdle();
    expect(sockets.stats).toEqual({ busy: 0, idle: 0 });
  });
});

describe('a pool that is retired', () => {
  it('closes idle connections now, busy ones after their response, and is forgotten once', () => {
    const { pool, open, results, sockets } = aPool();
    const removePool = vi.spyOn(sockets, 'removePool');
    const [idle, busy] = open('a', 'b');
    idle?.receive(ok);
    pool.retire();
    expect([idle?.isDestroyed, busy?.isDestroyed, removePool.mock.calls.length]).toEqual([true, false, 0]);
    busy?.receive(ok);
    expect([results, busy?.isDestroyed]).toEqual([['a 200', 'b 200'], true]);
    pool.retire();
    expect([sockets.stats, removePool.mock.calls.length]).toEqual([{ busy: 0, idle: 0 }, 1]);
  });

  it('is forgotten once its last request was given up', () => {
    const sockets = new SocketBudget(1);
    const other = sockets.addPool('acc_b');
    sockets.open(other);
    const removePool = vi.spyOn(sockets, 'removePool');
    const { pool, send } = aPool({ sockets });
    send('a');
    pool.retire();
    expect(removePool).not.toHaveBeenCalled();
    vi.advanceTimersByTime(500);
    expect(removePool).toHaveBeenCalledExactlyOnceWith(pool.account);
  });

  it('was not used for four sweeps', async () => {
    const { pool, open, send } = aPool();
    const [socket] = open('a');
    const sweep = (times: number) => Array.from({ length: times }, () => pool.retireIfUnused());
    expect(sweep(5)).toEqual([false, false, false, false, false]);
    socket?.receive(ok);
    expect(sweep(3)).toEqual([false, false, false]);
    send('b');
    await turns();
    socket?.receive(ok);
    expect([sweep(3), socket?.isDestroyed]).toEqual([[false, false, false], false]);
    expect([sweep(1), socket?.isDestroyed]).toEqual([[true], true]);
  });

  it('has no requests that wait', () => {
    const sockets = new SocketBudget(1);
    const other = sockets.addPool('acc_b');
    sockets.open(other);
    const { pool, send } = aPool({ sockets });
    send('a');
    expect(Array.from({ length: 5 }, () => pool.retireIfUnused())).not.toContain(true);
  });
});
