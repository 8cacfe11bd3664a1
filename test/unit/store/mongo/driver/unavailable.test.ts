import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { expect, it } from 'vitest';
import { withUnavailableErrors } from '../../../../../server/src/store/mongo/driver/unavailable.ts';

/** What a socket throws at who writes to it after the other side has ended it. */
async function errorOfAnEndedSocket(): Promise<Error> {
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

async function told(failure: Error): Promise<unknown> {
  const store = withUnavailableErrors({ read: () => Promise.reject(failure) });
  return await store.read().catch((refusal: unknown) => refusal);
}

it('a connection that the driver wrote to after its end is an absent database, not a bug', async () => {
  const error = await errorOfAnEndedSocket();
  expect(error).toMatchObject({ code: 'EPIPE' });
  expect(await told(error)).toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 2 });
});

it('a broken connection and a primary that steps down are an absent database; a refusal and a bug stay what they are', async () => {
  expect(await told(new MongoNetworkError('closed'))).toMatchObject({ code: 'UNAVAILABLE' });
  expect(await told(new MongoServerError({ message: 'not primary', code: 10107 }))).toMatchObject({
    code: 'UNAVAILABLE',
  });
  const refusal = new MongoServerError({ message: 'unknown operator', code: 2 });
  expect(await told(refusal)).toBe(refusal);
  const bug = new TypeError('undefined is not a function');
  expect(await told(bug)).toBe(bug);
});
