import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import {
  MongoClientClosedError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoServerError,
  MongoTopologyClosedError,
} from 'mongodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withUnavailableErrors } from '../../../../../server/src/store/mongo/driver/unavailable.ts';

/** The error of a write to a socket that the other side has closed. */
async function getClosedSocketError(): Promise<Error> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const socket = connect(address.port, '127.0.0.1');
  socket.resume();
  await once(socket, 'end');
  const failed = once(socket, 'error') as Promise<[Error]>;
  socket.write('too late');
  const [error] = await failed;
  server.close();
  return error;
}

async function readWith(failure: Error): Promise<unknown> {
  const store = withUnavailableErrors({ read: () => Promise.reject(failure) });
  return await store.read().catch((error: unknown) => error);
}

it('maps a write to a closed connection to UNAVAILABLE', async () => {
  const error = await getClosedSocketError();
  expect(error).toMatchObject({ code: 'EPIPE' });
  expect(await readWith(error)).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 2 });
});

it('maps lost connections and primaries to UNAVAILABLE, and no other error', async () => {
  expect(await readWith(new MongoNetworkError('closed'))).toMatchObject({ code: 'UNAVAILABLE' });
  expect(await readWith(new MongoServerError({ message: 'not primary', code: 10107 }))).toMatchObject({
    code: 'UNAVAILABLE',
  });
  const rejection = new MongoServerError({ message: 'unknown operator', code: 2 });
  expect(await readWith(rejection)).toBe(rejection);
  const bug = new TypeError('undefined is not a function');
  expect(await readWith(bug)).toBe(bug);
});

it.each([
  ['a majority did not confirm in time', 64],
  ['too few members are left for a majority', 100],
  ['an operator killed the operation', 11_601],
  ['the disk is full', 14_031],
])('maps a database out of service to UNAVAILABLE: %s', async (message, code) => {
  expect(await readWith(new MongoServerError({ message, code }))).toMatchObject({ code: 'UNAVAILABLE' });
});

it.each([
  new MongoServerError({ message: 'BSONObj size is invalid', code: 10_334 }),
  new MongoServerError({ message: 'Document failed validation', code: 121 }),
  new RangeError('The value of "offset" is out of range'),
  new MongoInvalidArgumentError('Document must be a valid JavaScript object'),
])('does not map the error of one operation: %s', async (error) => {
  expect(await readWith(error)).toBe(error);
});

it.each([new MongoTopologyClosedError(), new MongoClientClosedError()])(
  'maps calls while the process shuts down: %s',
  async (error) => {
    expect(await readWith(error)).toMatchObject({ code: 'UNAVAILABLE' });
  },
);

describe('a call without a reply', () => {
  const openStore = () => {
    let reply = (_value: string): void => {};
    const call = new Promise<string>((resolve) => (reply = resolve));
    const store = withUnavailableErrors({ read: () => call });
    let outcome: unknown = 'open';
    void store.read().then(
      (value) => (outcome = value),
      (error: unknown) => (outcome = error),
    );
    return { reply, getOutcome: () => outcome };
  };
  /** The event loop does nothing for this long, though time passes. */
  const block = (ms: number) => {
    const now = performance.now();
    return vi.spyOn(performance, 'now').mockImplementation(() => now + ms);
  };

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('fails after 10 s', async () => {
    const { getOutcome } = openStore();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(getOutcome()).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    expect(getOutcome()).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 2 });
  });

  it('gets the time back, once, by which a blocked process is late', async () => {
    const { reply, getOutcome } = openStore();
    const late = openStore();
    const blocked = block(12_000);
    await vi.advanceTimersByTimeAsync(10_000);
    blocked.mockRestore();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(getOutcome()).toBe('open');
    reply('value');
    await vi.advanceTimersByTimeAsync(1);
    expect([getOutcome(), late.getOutcome()]).toMatchObject(['value', { code: 'UNAVAILABLE' }]);
  });
});
