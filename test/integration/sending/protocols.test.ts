import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { answer, HostileReceiver } from '../../support/hostile-receiver.ts';
import { ok, openSender, requestTo, shortDeadlineMs, toOutcome } from './fixtures.ts';

const read = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url));

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void | Promise<void>;

/** A receiver that speaks HTTP/2, and HTTP/1.1 if `allowHTTP1`. */
async function listenHttp2(allowHTTP1: boolean, handle: Handler) {
  const requests: IncomingHttpHeaders[] = [];
  const open = new Set<ServerHttp2Session>();
  const seen = { sessions: 0 };
  const server: Http2SecureServer = createSecureServer(
    { allowHTTP1, cert: read('valid.cert.pem'), key: read('server.key.pem') },
    (request, response) => {
      // Without the symbols that Node.js adds.
      requests.push(Object.fromEntries(Object.entries(request.headers)));
      request.stream?.on('error', () => undefined);
      void handle(request, response);
    },
  );
  server.on('session', (session) => {
    seen.sessions++;
    open.add(session);
  });
  server.on('error', () => undefined);
  server.on('sessionError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    requests,
    get sessions() {
      return seen.sessions;
    },
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const session of open) session.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

describe('a receiver', () => {
  test('that speaks HTTP/2 too gets HTTP/1.1', async () => {
    const versions: string[] = [];
    await using receiver = await listenHttp2(true, (request, response) => {
      versions.push(request.httpVersion);
      response.end('ok');
    });
    await using sender = openSender();

    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
    expect(versions).toEqual(['1.1']);
  });

  test('that speaks HTTP/2 only gets HTTP/2, with the same bytes and one connection', async () => {
    const bodies: string[] = [];
    await using receiver = await listenHttp2(false, async (request, response) => {
      bodies.push(await text(request));
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      response.writeHead(422, { 'x-note': 'é' });
      response.write('not ');
      response.end('today');
    });
    await using sender = openSender();

    for (let n = 0; n < 3; n++) {
      const result = await sender.send(requestTo(receiver.origin));
      expect(result).toMatchObject({ kind: 'answered', statusCode: 422, reply: 'not today' });
      expect(result).not.toHaveProperty('incomplete');
      expect(result).toHaveProperty(
        'allHeaders',
        expect.arrayContaining([
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
          ['x-note', 'é'],
        ]),
      );
    }
    expect(bodies).toEqual(Array.from({ length: 3 }, () => '{"n":"é"}'));
    expect(receiver.requests).toEqual(
      Array.from({ length: 3 }, () => ({
        ':method': 'POST',
        ':path': '/hook?a=1',
        ':scheme': 'https',
        ':authority': new URL(receiver.origin).host,
        'content-type': 'application/json',
        'user-agent': 'Tocsin',
        'content-length': '10',
      })),
    );
    expect(receiver.sessions).toBe(1);
  });

  test.each([
    ['a status without a body', (response) => void response.writeHead(204).end(), 'answered 204', ''],
    [
      'a length that it keeps',
      (response) => void response.writeHead(200, { 'content-length': 2 }).end('ok'),
      'answered 200',
      'ok',
    ],
    [
      'an informational response before',
      (response) => {
        response.writeContinue();
        response.end('ok');
      },
      'answered 200',
      'ok',
    ],
    [
      'a body that breaks off',
      (response) => {
        response.write('begun');
        setImmediate(() => response.stream.close(constants.NGHTTP2_INTERNAL_ERROR));
      },
      'answered 200',
      'begun',
    ],
    [
      'a reset before a response',
      (response) => response.stream.close(constants.NGHTTP2_REFUSED_STREAM),
      'connection_reset',
      undefined,
    ],
    [
      'an end of the session before a response',
      (response) => response.stream.session?.destroy(),
      'connection_reset',
      undefined,
    ],
  ] satisfies [string, (response: Http2ServerResponse) => void, string, string | undefined][])(
    'that speaks HTTP/2 only may answer with %s',
    async (_, respond, outcome, reply) => {
      await using receiver = await listenHttp2(false, (_request, response) => respond(response));
      await using sender = openSender();

      for (let n = 0; n < 2; n++) {
        const result = await sender.send(requestTo(receiver.origin));
        expect(toOutcome(result)).toBe(outcome);
        expect(result.kind === 'answered' ? result.reply : undefined).toBe(reply);
      }
    },
  );

  test('that speaks HTTP/2 only and ends its sessions gets the next request on a new one', async () => {
    await using receiver = await listenHttp2(false, (_request, response) => {
      response.end('ok');
      response.stream.session?.close();
    });
    await using sender = openSender();

    for (let n = 0; n < 3; n++)
      expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
    expect(receiver.requests).toHaveLength(3);
  });

  test('that speaks HTTP/2 only and does not answer ends with the deadline', async () => {
    await using receiver = await listenHttp2(false, () => undefined);
    await using sender = openSender();

    const result = await sender.send(requestTo(receiver.origin, { deadlineMs: shortDeadlineMs }));
    expect(toOutcome(result)).toBe('timeout');
  });

  test('with an IPv6 address only is reached, by its address and by its name', async () => {
    await using receiver = await HostileReceiver.listen({ host: '::1', onRequest: answer(ok) });
    await using sender = openSender({
      resolver: () => Promise.resolve([{ address: '::1', family: 6 }]),
    });

    for (const host of ['[::1]', 'receiver.test']) {
      const result = await sender.send(requestTo(receiver.originFor(host)));
      expect(toOutcome(result)).toBe('answered 200');
    }
    expect(receiver.requests.map((request) => /host: ([^\r]+)/.exec(request)?.[1])).toEqual([
      `[::1]:${receiver.port}`,
      `receiver.test:${receiver.port}`,
    ]);
  });

  test('whose name has an IPv4 address that does not answer is reached by IPv6', async () => {
    await using receiver = await HostileReceiver.listen({ host: '::1', onRequest: answer(ok) });
    await using sender = openSender({
      resolver: () =>
        Promise.resolve([
          { address: '127.0.0.1', family: 4 },
          { address: '::1', family: 6 },
        ]),
    });

    const result = await sender.send(requestTo(receiver.originFor('receiver.test')));
    expect(toOutcome(result)).toBe('answered 200');
  });
});
