import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { expect, it } from 'vitest';
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
