import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { HostResolver } from '../../../server/src/delivery/dns/host-resolver.ts';
import { startTestApp } from '../../support/app.ts';
import { answer, HostileReceiver } from '../../support/hostile-receiver.ts';
import { NameServer } from '../../support/name-server.ts';
import { ok, openSender, requestTo, toOutcome } from './fixtures.ts';

function openSenderWith(server: NameServer) {
  const { resolve } = new HostResolver({ servers: [server.address] });
  return openSender({ resolver: resolve });
}

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1');

describe('a receiver', () => {
  test('gets its requests while the name servers of others do not answer', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using dns = await NameServer.listen({ 'good.test': { a: ['127.0.0.1'] } });
    await using sender = openSenderWith(dns);
    const dead = Array.from({ length: 60 }, (_, i) => `dead${i}.test`);
    for (const name of dead) dns.records.set(name, { a: 'held', aaaa: 'held' });

    const toDead = dead.map((name) => sender.send(requestTo(`http://${name}`, { accountId: 'acc_dead' })));
    await dns.untilQueries(120);
    for (const accountId of ['acc_a', 'acc_dead']) {
      const result = await sender.send(requestTo(receiver.originFor('good.test'), { accountId }));
      expect(toOutcome(result)).toBe('answered 200');
    }

    for (const name of dead) dns.records.set(name, { a: 'servfail', aaaa: 'servfail' });
    dns.release();
    expect((await Promise.all(toDead))[0]).toMatchObject({
      reason: 'dns_failed',
      detail: 'the host does not resolve (ESERVFAIL: the name servers of the domain fail)',
    });
  });

  test('that moved is found after a connection to its old address failed', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using dns = await NameServer.listen({ 'moved.test': { a: ['127.0.0.9'] } });
    await using sender = openSenderWith(dns);
    const send = () => sender.send(requestTo(receiver.originFor('moved.test')));

    expect(toOutcome(await send())).toBe('connection_refused');
    dns.records.set('moved.test', { a: ['127.0.0.1'] });
    expect(toOutcome(await send())).toBe('answered 200');
    expect(dns.typesFor('moved.test')).toEqual(['A', 'A', 'AAAA', 'AAAA']);
  });

  test('that moved is found after a connection to its old address was given up', async () => {
    // Speaks no TLS, so that the handshake never ends.
    await using silent = await HostileReceiver.listen({ onConnection: () => {} });
    await using dns = await NameServer.listen({ 'moved.test': { a: ['127.0.0.1'] } });
    await using sender = openSenderWith(dns);
    const sendInVain = async () => {
      const origin = `https://moved.test:${silent.port}`;
      expect(toOutcome(await sender.send(requestTo(origin, { deadlineMs: 100 })))).toBe('timeout');
      return dns.queries.length;
    };

    await expect.poll(sendInVain, { interval: 5 }).toBeGreaterThan(2);
  });

  test('has its name looked up once for several connections', async () => {
    await using receiver = await HostileReceiver.listen(
      answer('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'),
    );
    await using dns = await NameServer.listen({ 'good.test': { a: ['127.0.0.1'] } });
    await using sender = openSenderWith(dns);

    for (let i = 0; i < 3; i++) await sender.send(requestTo(receiver.originFor('good.test')));

    expect(receiver.connections).toBe(3);
    expect(dns.typesFor('good.test')).toEqual(['A', 'AAAA']);
  });

  test('on this machine is found by a local name', async () => {
    await using receiver = await HostileReceiver.listen(answer(ok));
    await using dns = await NameServer.listen();
    await using sender = openSenderWith(dns);

    const result = await sender.send(requestTo(receiver.originFor('hooks.localhost')));
    expect(toOutcome(result)).toBe('answered 200');
    expect(dns.queries).toEqual([]);
  });

  test.skipIf(!hasIpv6)('may have an IPv6 address alone', async () => {
    await using receiver = await HostileReceiver.listen({ onRequest: answer(ok), host: '::1' });
    await using dns = await NameServer.listen({ 'six.test': { aaaa: ['::1'] } });
    await using sender = openSenderWith(dns);

    expect(toOutcome(await sender.send(requestTo(`http://six.test:${receiver.port}`)))).toBe('answered 200');
  });
});

test('a webhook is created at once while the name servers of others do not answer', async () => {
  await using dns = await NameServer.listen({
    'dead.example.com': { a: 'held', aaaa: 'held' },
    'good.example.com': { a: ['93.184.216.34'] },
    'private.example.com': { a: ['10.0.0.1'] },
  });
  const env = { ALLOW_PRIVATE_TARGETS: 'false', DNS_SERVERS: dns.address };
  await using app = await startTestApp({ env });
  const appId = await app.createApp();
  const create = (host: string) =>
    app.trpc('webhooks.create', { appId, url: `https://${host}/`, events: ['user.ban'] });

  let isDeadCreated = false;
  const dead = create('dead.example.com').finally(() => (isDeadCreated = true));
  await dns.untilQueries(2);
  expect((await create('good.example.com')).status).toBe(200);
  expect((await create('private.example.com')).error?.message).toContain('points to a private address');
  expect(isDeadCreated).toBe(false);

  dns.records.delete('dead.example.com');
  dns.release();
  expect((await dead).status).toBe(200);
});
