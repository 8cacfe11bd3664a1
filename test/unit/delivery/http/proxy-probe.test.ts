import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { expect, it } from 'vitest';
import { isProxyAnswering } from '../../../../server/src/delivery/http/proxy-probe.ts';
import { listen } from '../../../support/raw-server.ts';

const ask = async (port: number, timeoutMs = 20_000) =>
  await isProxyAnswering(
    {
      proxy: { protocol: 'http:', host: '127.0.0.1', port, authorization: undefined },
      secureContext: createSecureContext(),
    },
    timeoutMs,
  );

it.each([
  ['HTTP/1.1 200 OK\r\n\r\n', true],
  ['HTTP/1.0 405 Method Not Allowed\r\n\r\n', true],
  ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', true],
  ['SSH-2.0-OpenSSH\r\n', false],
  ['HTTP/2.0 200 OK\r\n\r\n', false],
])('a proxy that replies to a request of its own with %j answers: %s', async (reply, isAnswering) => {
  const asked: string[] = [];
  await using proxy = await listen((socket: Socket) => {
    socket.once('data', (bytes) => {
      asked.push(bytes.toString());
      socket.write(reply);
    });
  });
  expect(await ask(proxy.port)).toBe(isAnswering);
  expect(asked).toEqual([
    'OPTIONS * HTTP/1.1\r\nhost: proxy\r\nmax-forwards: 0\r\nconnection: close\r\n\r\n',
  ]);
  await expect.poll(() => proxy.sockets.every((socket) => socket.destroyed), { interval: 1 }).toBe(true);
});

it('a proxy that hangs, closes the connection or cannot be reached does not answer', async () => {
  await using hanging = await listen(() => undefined);
  expect(await ask(hanging.port, 20)).toBe(false);
  await using closing = await listen((socket) => void socket.end());
  expect(await ask(closing.port)).toBe(false);
  const gone = await listen(() => undefined);
  await gone[Symbol.asyncDispose]();
  expect(await ask(gone.port)).toBe(false);
});
