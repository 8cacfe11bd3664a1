import { parseOwnHosts } from '../../../server/src/delivery/ssrf/own-hosts.ts';
import { describe, expect, test } from 'vitest';
import { parseAllowedTargets } from '../../../server/src/delivery/ssrf/allowed-targets.ts';
import type { Resolver } from '../../../server/src/delivery/dns/resolver.ts';
import { createTargetPolicy } from '../../../server/src/delivery/ssrf/target-policy.ts';
import { answer, HostileReceiver } from '../../support/hostile-receiver.ts';
import { ok, openSender, toOutcome, requestTo } from './fixtures.ts';

/** A resolver that returns the next list on every lookup, then repeats the last one. Counts the lookups. */
class ChangingResolver {
  readonly #results: readonly (readonly string[])[];
  lookups = 0;

  constructor(...results: readonly (readonly string[])[]) {
    this.#results = results;
  }

  readonly resolver: Resolver = () => {
    const answers = this.#results[Math.min(this.lookups++, this.#results.length - 1)] ?? [];
    return Promise.resolve(answers.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
}

/** A receiver on an internal address, with a valid certificate, that would respond to a request. */
function listenInternally(host = '127.0.0.1'): Promise<HostileReceiver> {
  return HostileReceiver.listen({ certificate: 'valid', onRequest: answer(ok), host });
}

describe('no connection is opened', () => {
  test('to a name that was public at creation and is internal on delivery (DNS rebinding)', async () => {
    await using internal = await listenInternally();
    const dns = new ChangingResolver(['93.184.216.34'], ['127.0.0.1']);
    const rules = { ports: [internal.port], resolver: dns.resolver };
    const url = await createTargetPolicy(rules).check(internal.originFor('receiver.test'), 'acc_a', 'url');
    await using sender = openSender({ ...rules, allowPrivateTargets: false });

    const result = await sender.send(requestTo(new URL(url).origin));

    expect(result).toMatchObject({
      reason: 'address_refused',
      detail: 'the host points to a loopback address',
    });
    expect(dns.lookups).toBe(2);
    expect(internal.connections).toBe(0);
  });

  test.each([
    [['93.184.216.34', '127.0.0.1']],
    [['127.0.0.1', '93.184.216.34']],
    [['127.0.0.1', '127.0.0.1']],
    [['::ffff:127.0.0.1']],
    [['64:ff9b::7f00:1']],
    [['0.0.0.0']],
    [['::']],
    [['169.254.169.254']],
  ])('to a name with the addresses %j, not all of them public', async (answers) => {
    await using internal = await listenInternally('0.0.0.0');
    await using sender = openSender({
      allowPrivateTargets: false,
      ports: [internal.port],
      resolver: new ChangingResolver(answers).resolver,
    });

    const result = await sender.send(requestTo(internal.originFor('receiver.test')));

    expect(toOutcome(result)).toBe('address_refused');
    expect(internal.connections).toBe(0);
  });

  test.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.0.0.1.',
    '0.0.0.0',
    '0',
    'localhost',
    'localhost.',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '１２７.０.０.１',
  ])('to %s written in the URL', async (host) => {
    await using internal = await listenInternally('0.0.0.0');
    await using sender = openSender({ allowPrivateTargets: false, ports: [internal.port] });

    expect(toOutcome(await sender.send(requestTo(internal.originFor(host))))).toBe('address_refused');
    expect(internal.connections).toBe(0);
  });

  test('without TLS, to another port, to our own host or with a password', async () => {
    await using plain = await HostileReceiver.listen(answer(ok));
    await using secure = await listenInternally();
    const allowedTargets = parseAllowedTargets('127.0.0.0/8');
    const resolver = new ChangingResolver(['127.0.0.1']).resolver;
    await using sender = openSender({
      allowPrivateTargets: false,
      allowedTargets,
      resolver,
      ownHosts: parseOwnHosts(`127.0.0.1:${secure.port}`).hosts,
    });

    const origins = [
      plain.origin,
      secure.originFor('receiver.test'),
      secure.originFor('127.0.0.1'),
      secure.originFor('user:secret@receiver.test'),
    ];
    const results = await Promise.all(origins.map((origin) => sender.send(requestTo(origin))));

    expect(results.map(toOutcome)).toEqual(origins.map(() => 'address_refused'));
    expect(JSON.stringify(results)).not.toContain('secret');
    expect(plain.connections + secure.connections).toBe(0);
  });

  test('to a metadata service, even if private addresses are allowed', async () => {
    const dns = new ChangingResolver(['169.254.169.254']);
    await using sender = openSender({ resolver: dns.resolver });

    for (const origin of [
      'http://rebound.test',
      'http://169.254.169.254',
      'http://metadata.google.internal',
    ]) {
      expect(toOutcome(await sender.send(requestTo(origin)))).toBe('address_refused');
    }
  });
});

describe('a connection goes to the address that was checked', () => {
  const allowedTargets = parseAllowedTargets('127.0.0.1/32');

  test('even if the name changes its address afterwards; the next connection is checked again', async () => {
    await using allowed = await HostileReceiver.listen({
      certificate: 'valid',
      onRequest: (socket) => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`),
    });
    const dns = new ChangingResolver(['127.0.0.1'], ['127.0.0.2']);
    await using sender = openSender({
      allowPrivateTargets: false,
      allowedTargets,
      ports: [allowed.port],
      resolver: dns.resolver,
    });
    const request = requestTo(allowed.originFor('receiver.test'));

    expect(toOutcome(await sender.send(request))).toBe('answered 200');
    expect(dns.lookups).toBe(1);
    expect(toOutcome(await sender.send(request))).toBe('address_refused');
    expect(dns.lookups).toBe(2);
    expect(allowed.connections).toBe(1);
  });

  test('and the name is resolved once per connection, not per request', async () => {
    await using receiver = await listenInternally();
    const dns = new ChangingResolver(['127.0.0.1']);
    await using sender = openSender({ resolver: dns.resolver });
    const request = requestTo(receiver.originFor('receiver.test'));

    for (let i = 0; i < 5; i++) expect(toOutcome(await sender.send(request))).toBe('answered 200');
    expect(dns.lookups).toBe(1);
  });

  test('and to the next address if the first one refuses the connection', async () => {
    await using receiver = await listenInternally('127.0.0.1');
    const dns = new ChangingResolver(['127.0.0.9', '127.0.0.1']);
    await using sender = openSender({ resolver: dns.resolver });

    expect(toOutcome(await sender.send(requestTo(receiver.originFor('receiver.test'))))).toBe('answered 200');
  });
});
