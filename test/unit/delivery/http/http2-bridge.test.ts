import { once } from 'node:events';
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect, createServer as createRawServer, type AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Http2Bridge } from '../../../../server/src/delivery/http/http2-bridge.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly stream: ServerHttp2Stream;
}

let server: Http2Server;
let session: ServerHttp2Session | undefined;
let received: Received[];
let answer: (stream: ServerHttp2Stream) => void;

beforeEach(async () => {
  received = [];
  answer = (stream) => {
    stream.respond({ ':status': 200, 'content-length': 2 });
    stream.end('ok');
  };
  server = createServer();
  server.on('session', (opened) => (session = opened));
  server.on('stream', (stream, headers) => {
    let body = '';
    stream.on('error', () => undefined);
    stream.on('data', (bytes: Buffer) => (body += bytes.toString()));
    stream.on('end', () => {
      received.push({ headers, body, stream });
      answer(stream);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterEach(() => {
  session?.destroy();
  server.close();
});

/** A bridge to the server, without TLS. Collects what it returns. */
async function open({ port } = server.address() as AddressInfo) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  // `as`: the bridge only hands it to the session, which takes any socket.
  const bridge = new Http2Bridge(socket as unknown as TLSSocket, 'https://receiver.test');
  let text = '';
  let error: Error | undefined;
  bridge.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  bridge.on('error', (failure) => (error = failure));
  const send = (body = '{}', path = '/hook?x=1') => {
    const head = [
      `POST ${path} HTTP/1.1`,
      'Host: receiver.test:8443',
      'Content-Type: application/json',
      'Connection: keep-alive',
      'Keep-Alive: timeout=5',
      'Transfer-Encoding: identity',
      'X-Name: a: b',
    ].join('\r\n');
    bridge.write(Buffer.from(`${head}\r\n\r\n${body}`));
  };
  return {
    bridge,
    send,
    getError: () => error,
    /** Resolves with what came since the last call, once it ends with this. */
    until: async (end: string) => {
      await expect.poll(() => text.endsWith(end), { interval: 2 }).toBe(true);
      const taken = text;
      text = '';
      return taken;
    },
    closed: async () => {
      if (!bridge.closed) await once(bridge, 'close').catch(() => undefined);
    },
    [Symbol.dispose]: () => void bridge.destroy(),
  };
}

it('sends the method, path, host and headers of a request, without those of the connection', async () => {
  using h = await open();
  h.send('{"a":1}\r\n\r\n');
  expect(await h.until('ok')).toContain('HTTP/1.1 200 \r\n');
  expect(received).toMatchObject([{ body: '{"a":1}\r\n\r\n' }]);
  expect(Object.fromEntries(Object.entries(received[0]?.headers ?? {}))).toEqual({
    ':method': 'POST',
    ':path': '/hook?x=1',
    ':scheme': 'https',
    ':authority': 'receiver.test:8443',
    'content-type': 'application/json',
    'x-name': 'a: b',
  });
});

it('returns the head and the body of a response that says its length', async () => {
  using h = await open();
  answer = (stream) => {
    stream.respond({ ':status': 429, 'content-length': 5, 'retry-after': '7', 'set-cookie': ['a=1', 'b=2'] });
    stream.end('later');
  };
  h.send();
  const [head = '', body] = (await h.until('later')).split('\r\n\r\n');
  const [status, ...lines] = head.split('\r\n');
  expect([status, body]).toEqual(['HTTP/1.1 429 ', 'later']);
  expect(lines.filter((line) => !line.startsWith('date: ')).sort()).toEqual([
    'content-length: 5',
    'retry-after: 7',
    'set-cookie: a=1',
    'set-cookie: b=2',
  ]);
});

it('returns a response without a length in chunks', async () => {
  using h = await open();
  answer = (stream) => {
    stream.respond({ ':status': 200 });
    stream.end('0123456789abcdef0');
  };
  h.send();
  const text = await h.until('0\r\n\r\n');
  expect(text).toContain('\r\ntransfer-encoding: chunked\r\n\r\n');
  expect(text.endsWith('11\r\n0123456789abcdef0\r\n0\r\n\r\n')).toBe(true);
});

it.each([204, 304])('returns a response %i, which has no body', async (status) => {
  using h = await open();
  answer = (stream) => stream.respond({ ':status': status }, { endStream: true });
  h.send();
  expect(await h.until('\r\n\r\n')).toMatch(
    new RegExp(`^HTTP/1.1 ${status} \\r\\n(?:date: .+\\r\\n)?\\r\\n$`),
  );
});

it('takes one request after another', async () => {
  using h = await open();
  for (const path of ['/1', '/2', '/3']) {
    h.send('{}', path);
    await h.until('ok');
  }
  expect(received.map(({ headers }) => headers[':path'])).toEqual(['/1', '/2', '/3']);
  expect([h.bridge.destroyed, h.getError()]).toEqual([false, undefined]);
});

it('fails when the receiver resets the request', async () => {
  using h = await open();
  answer = (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM);
  h.send();
  await h.closed();
  expect(h.getError()).toBeInstanceOf(Error);
});

it('fails when the receiver closes the request in order, but without an answer', async () => {
  using h = await open();
  answer = (stream) => stream.close(constants.NGHTTP2_NO_ERROR);
  h.send();
  await h.closed();
  expect(h.getError()).toMatchObject({
    reason: 'connection_reset',
    message: expect.stringContaining('the receiver reset the HTTP/2 stream') as unknown,
  });
});

it('fails when the receiver does not speak HTTP/2 after all', async () => {
  const raw = createRawServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await once(raw.listen(0, '127.0.0.1'), 'listening');
  try {
    const h = await open(raw.address() as AddressInfo); // it listens on TCP
    await expect(once(h.bridge, 'close')).rejects.toMatchObject({ code: 'ERR_HTTP2_ERROR' });
  } finally {
    raw.close();
  }
});

it('closes without an error when the receiver ends an idle session', async () => {
  using h = await open();
  h.send();
  await h.until('ok');
  session?.goaway();
  await h.closed();
  expect([h.bridge.destroyed, h.getError()]).toEqual([true, undefined]);
});

it('returns the whole response before it ends with a session that the receiver ends', async () => {
  using h = await open();
  answer = (stream) => {
    stream.respond({ ':status': 200, 'content-length': 4 });
    stream.write('la');
    session?.goaway();
  };
  h.send();
  await h.until('la');
  const ended = once(h.bridge, 'end');
  received[0]?.stream.end('st');
  await ended;
  expect(await h.until('st')).toBe('st');
});

it('ends the request when it is destroyed', async () => {
  using h = await open();
  const aborted = new Promise<void>((resolve) => {
    answer = (stream) => {
      stream.on('close', resolve);
      h.bridge.destroy();
    };
  });
  h.send();
  await aborted;
  expect(received[0]?.stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
});
