import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { answer, HostileReceiver } from '../../support/hostile-receiver.ts';
import { ok, openSender, requestTo, toOutcome } from './fixtures.ts';

const read = (name: string) => readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url));

/** A receiver that speaks HTTP/2, and HTTP/1.1 if `allowHTTP1`. */
async function listenHttp2(allowHTTP1: boolean) {
  const versions: string[] = [];
  const server: Http2SecureServer = createSecureServer(
    { allowHTTP1, cert: read('valid.cert.pem'), key: read('server.key.pem') },
    (request, response) => {
      versions.push(request.httpVersion);
      response.end('ok');
    },
  );
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    versions,
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describe('a receiver', () => {
  test('that speaks HTTP/2 too gets HTTP/1.1', async () => {
    await using receiver = await listenHttp2(true);
    await using sender = openSender();

    expect(toOutcome(await sender.send(requestTo(receiver.origin)))).toBe('answered 200');
    expect(receiver.versions).toEqual(['1.1']);
  });

  test('that speaks HTTP/2 only fails the TLS handshake, with a detail that says so', async () => {
    await using receiver = await HostileReceiver.listen({
      certificate: 'valid',
      protocols: ['h2'],
      onRequest: answer(ok),
    });
    await using sender = openSender();

    expect(await sender.send(requestTo(receiver.origin))).toMatchObject({
      kind: 'unanswered',
      reason: 'tls_failed',
      detail: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    });
    expect(receiver.requests).toEqual([]);
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
