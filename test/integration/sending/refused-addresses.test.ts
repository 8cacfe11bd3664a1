import { describe, expect, test } from 'vitest';
import { parseAllowedTargets } from '../../../server/src/delivery/ssrf/allowed-targets.ts';
import type { Resolver } from '../../../server/src/delivery/ssrf/resolver.ts';
import { createTargetPolicy } from '../../../server/src/delivery/ssrf/target-policy.ts';
import { answer, HostileReceiver } from '../../support/hostile-receiver.ts';
import { ok, openSender, outcomeOf, requestTo } from './fixtures.ts';

/** A name server that returns the next list for each query, then always the last one, and counts the queries. */
class ChangingNames {
  readonly #answers: readonly (readonly string[])[];
  questions = 0;

  constructor(...answers: readonly (readonly string[])[]) {
    this.#answers = answers;
  }

  readonly resolver: Resolver = () => {
    const answers = this.#answers[Math.min(this.questions++, this.#answers.length - 1)] ?? [];
    return Promise.resolve(answers.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
}

/** A receiver with a valid certificate that would accept a request. */
function listenInside(host = '127.0.0.1'): Promise<HostileReceiver> {
  return HostileReceiver.listen({ certificate: 'valid', onRequest: answer(ok), host });
}

describe('no connection is opened', () => {
  test('to a name that was public at creation and points inside when it is called', async () => {
    await using inside = await listenInside();
    const names = new ChangingNames(['93.184.216.34'], ['127.0.0.1']);
    const rules = { ports: [inside.port], resolver: names.resolver };
    const url = await createTargetPolicy(rules).check(inside.originFor('receiver.test'));
    await using sender = openSender({ ...rules, allowPrivateTargets: false });

    const result = await sender.send(requestTo(new URL(url).origin));

    expect(result).toMatchObject({
      reason: 'address_refused',
      detail: 'the host points to a loopback address',
    });
    expect(names.questions).toBe(2);
    expect(inside.connections).toBe(0);
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
  ])('when any of the answers %j is not public', async (answers) => {
    await using inside = await listenInside('0.0.0.0');
    await using sender = openSender({
      allowPrivateTargets: false,
      ports: [inside.port],
      resolver: new ChangingNames(answers).resolver,
    });

    const result = await sender.send(requestTo(inside.originFor('receiver.test')));

    expect(outcomeOf(result)).toBe('address_refused');
    expect(inside.connections).toBe(0);
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
    await using inside = await listenInside('0.0.0.0');
    await using sender = openSender({ allowPrivateTargets: false, ports: [inside.port] });

    expect(outcomeOf(await sender.send(requestTo(inside.originFor(host))))).toBe('address_refused');
    expect(inside.connections).toBe(0);
  });

  test('without TLS, to another port, to ourselves or with a password, also in a direct call', async () => {
    await using plain = await HostileReceiver.listen(answer(ok));
    await using secure = await listenInside();
    const allowedTargets = parseAllowedTargets('127.0.0.0/8');
    const resolver = new ChangingNames(['127.0.0.1']).resolver;
    await using sender = openSender({
      allowPrivateTargets: false,
      allowedTargets,
      resolver,
      ownHosts: [`127.0.0.1:${secure.port}`],
    });

    const origins = [
      plain.origin,
      secure.originFor('receiver.test'),
      secure.originFor('127.0.0.1'),
      secure.originFor('user:secret@receiver.test'),
    ];
    const results = await Promise.all(origins.map((origin) => sender.send(requestTo(origin))));

    expect(results.map(outcomeOf)).toEqual(origins.map(() => 'address_refused'));
    expect(JSON.stringify(results)).not.toContain('secret');
    expect(plain.connections + secure.connections).toBe(0);
  });

  test('to a metadata service, where private addresses are allowed', async () => {
    const names = new ChangingNames(['169.254.169.254']);
    await using sender = openSender({ resolver: names.resolver });

    for (const origin of [
      'http://rebound.test',
      'http://169.254.169.254',
      'http://metadata.google.internal',
    ]) {
      expect(outcomeOf(await sender.send(requestTo(origin)))).toBe('address_refused');
    }
  });
});

describe('a connection goes to the address that was checked', () => {
  const allowedTargets = parseAllowedTargets('127.0.0.1/32');

  test('and not to a later address of the name; the next connection is checked again', async () => {
    await using allowed = await HostileReceiver.listen({
      certificate: 'valid',
      onRequest: (socket) => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`),
    });
    const names = new ChangingNames(['127.0.0.1'], ['127.0.0.2']);
    await using sender = openSender({
      allowPrivateTargets: false,
      allowedTargets,
      ports: [allowed.port],
      resolver: names.resolver,
    });
    const request = requestTo(allowed.originFor('receiver.test'));

    expect(outcomeOf(await sender.send(request))).toBe('answered 200');
    expect(names.questions).toBe(1);
    expect(outcomeOf(await sender.send(request))).toBe('address_refused');
    expect(names.questions).toBe(2);
    expect(allowed.connections).toBe(1);
  });

  test('and the name is asked for once per connection, not per request', async () => {
    await using receiver = await listenInside();
    const names = new ChangingNames(['127.0.0.1']);
    await using sender = openSender({ resolver: names.resolver });
    const request = requestTo(receiver.originFor('receiver.test'));

    for (let i = 0; i < 5; i++) expect(outcomeOf(await sender.send(request))).toBe('answered 200');
    expect(names.questions).toBe(1);
  });

  test('and connections that are opened together share one question', async () => {
    await using receiver = await listenInside();
    const names = new ChangingNames(['127.0.0.1']);
    await using sender = openSender({ resolver: names.resolver });

    const requests = Array.from({ length: 10 }, () => requestTo(receiver.originFor('receiver.test')));
    const results = await Promise.all(requests.map((request) => sender.send(request)));

    expect(new Set(results.map(outcomeOf))).toEqual(new Set(['answered 200']));
    expect(receiver.connections).toBe(10);
    expect(names.questions).toBe(1);
  });

  test('and to the next one when the first does not take it', async () => {
    await using receiver = await listenInside('127.0.0.1');
    const names = new ChangingNames(['127.0.0.9', '127.0.0.1']);
    await using sender = openSender({ resolver: names.resolver });

    expect(outcomeOf(await sender.send(requestTo(receiver.originFor('receiver.test'))))).toBe('answered 200');
  });
});
