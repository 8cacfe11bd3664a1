import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import type { ClientIdentity } from '../../../server/src/domain/ports/sending.ts';
import { readClientAuthority, readClientPair } from '../../support/client-pair.ts';
import { HostileReceiver } from '../../support/hostile-receiver.ts';
import { ok, openSender, requestTo, toOutcome } from './fixtures.ts';

const identity = (name: 'a' | 'b'): ClientIdentity => ({ id: name, ...readClientPair(name) });

/** A receiver that requires a certificate, and writes down who sent on which socket. */
async function listenForClients() {
  const clients: { socket: Socket; name: string; isResumed: boolean }[] = [];
  const receiver = await HostileReceiver.listen({
    certificate: 'valid',
    clientAuthority: readClientAuthority(),
    onRequest: (socket) => {
      if (!(socket instanceof TLSSocket)) return;
      const name = String(socket.getPeerCertificate().subject.CN);
      clients.push({ socket, name, isResumed: socket.isSessionReused() });
      socket.write(ok);
    },
  });
  return { receiver, clients };
}

test('each request shows the certificate of its webhook, on connections of its own', async () => {
  const { receiver, clients } = await listenForClients();
  await using _ = receiver;
  await using sender = openSender();
  const send = async (name: 'a' | 'b') =>
    toOutcome(await sender.send(requestTo(receiver.origin, { clientCertificate: identity(name) })));

  for (const name of ['a', 'b', 'a', 'b'] as const) expect(await send(name)).toBe('answered 200');

  expect(clients.map(({ name }) => name)).toEqual(['client a', 'client b', 'client a', 'client b']);
  expect(new Set(clients.map(({ socket }) => socket)).size).toBe(2);
  // A session would stand for the certificate with which it began.
  expect(clients.map(({ isResumed }) => isResumed)).toEqual([false, false, false, false]);
});

test('a request without a certificate does not use the connection or the session of one with it', async () => {
  const { receiver, clients } = await listenForClients();
  await using _ = receiver;
  await using sender = openSender();

  await sender.send(requestTo(receiver.origin, { clientCertificate: identity('a') }));
  const result = await sender.send(requestTo(receiver.origin));

  expect(result.kind).toBe('unanswered');
  expect(clients).toHaveLength(1);
});

test('a certificate that OpenSSL rejects fails the request and not the process', async () => {
  await using sender = openSender();
  const clientCertificate = { id: 'x', certificate: 'x', privateKey: 'x' };

  expect(await sender.send(requestTo('https://127.0.0.1:9', { clientCertificate }))).toMatchObject({
    reason: 'tls_failed',
    detail: 'the client certificate cannot be used',
  });
});
