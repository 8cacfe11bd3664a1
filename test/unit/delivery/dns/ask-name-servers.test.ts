import { promises as dns } from 'node:dns';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { askNameServers, hasGlobalIpv6 } from '../../../../server/src/delivery/dns/ask-name-servers.ts';
import { NameServer, type NameRecord } from '../../../support/name-server.ts';

const v4 = (address: string) => ({ address, family: 4 });
const v6 = (address: string) => ({ address, family: 6 });

/** Asks one name server for `name.test`, on a machine without IPv6. */
async function ask(record: NameRecord | undefined, hasGlobalIpv6 = false) {
  await using server = await NameServer.listen(record === undefined ? {} : { 'name.test': record });
  const answer = await askNameServers('name.test', {
    servers: [server.address],
    hasGlobalIpv6: () => hasGlobalIpv6,
  });
  return { answer, queries: server.queries };
}

describe('a name', () => {
  test.each([
    [false, [v4('192.0.2.1'), v4('192.0.2.2'), v6('2001:db8::1')]],
    [true, [v6('2001:db8::1'), v4('192.0.2.1'), v4('192.0.2.2')]],
  ])('has the addresses of both families; the machine has IPv6: %s', async (hasIpv6, addresses) => {
    const { answer } = await ask({ a: ['192.0.2.1', '192.0.2.2'], aaaa: ['2001:db8::1'], ttl: 7 }, hasIpv6);

    expect(answer).toEqual({ addresses, ttlMs: 7_000 });
  });

  test('has the addresses of one family if the other one has none or fails', async () => {
    expect((await ask({ aaaa: ['2001:db8::1'] })).answer).toMatchObject({ addresses: [v6('2001:db8::1')] });
    expect((await ask({ a: ['192.0.2.1'], aaaa: 'servfail' })).answer).toEqual({
      addresses: [v4('192.0.2.1')],
      ttlMs: 300_000,
    });
  });

  test.each([
    ['does not exist', undefined, 'ENOTFOUND'],
    ['has no address', {}, 'ENODATA'],
    ['has a name server that fails', { a: 'servfail', aaaa: 'servfail' }, 'ESERVFAIL'],
    ['has a name server that fails for IPv6 alone', { aaaa: 'servfail' }, 'ESERVFAIL'],
    ['is refused', { a: 'refused', aaaa: 'refused' }, 'EREFUSED'],
  ] satisfies [string, NameRecord | undefined, string][])(
    'that %s has a code',
    async (_what, record, code) => {
      const { answer, queries } = await ask(record);

      expect(answer).toEqual({ code });
      expect(queries.map(({ type }) => type).sort()).toEqual(['A', 'AAAA']);
    },
  );

  test('that is none has a code, without a query', async () => {
    await using server = await NameServer.listen();

    expect(await askNameServers(`${'a'.repeat(64)}.test`, { servers: [server.address] })).toEqual({
      code: 'EBADNAME',
    });
    expect(server.queries).toEqual([]);
  });

  test('with more addresses than fit into a datagram is asked for over TCP, and 16 of them are used', async () => {
    const all = Array.from({ length: 200 }, (_, i) => `192.0.2.${i}`);
    const { answer, queries } = await ask({ a: all, isTruncated: true });

    expect(answer).toMatchObject({ addresses: all.slice(0, 16).map(v4) });
    expect(queries.filter(({ transport }) => transport === 'tcp').map(({ type }) => type)).toContain('A');
  });

  test('is asked for from another port each time', async () => {
    await using server = await NameServer.listen({ 'name.test': { a: ['192.0.2.1'] } });
    for (let i = 0; i < 4; i++) await askNameServers('name.test', { servers: [server.address] });

    expect(new Set(server.queries.map(({ port }) => port)).size).toBeGreaterThan(1);
  });
});

describe('of several name servers', () => {
  test('the next one is asked if one fails or cannot be reached', async () => {
    await using failing = await NameServer.listen({ 'name.test': { a: 'servfail', aaaa: 'refused' } });
    await using working = await NameServer.listen({ 'name.test': { a: ['192.0.2.1'] } });
    const gone = await NameServer.listen();
    await gone[Symbol.asyncDispose]();

    for (const first of [failing.address, gone.address]) {
      const answer = await askNameServers('name.test', { servers: [first, working.address] });
      expect(answer).toMatchObject({ addresses: [v4('192.0.2.1')] });
    }
  });

  test('no other is asked if one says that there is no such name', async () => {
    await using first = await NameServer.listen();
    await using second = await NameServer.listen();

    const servers = [first.address, second.address];
    expect(await askNameServers('name.test', { servers })).toEqual({ code: 'ENOTFOUND' });
    expect(second.queries).toEqual([]);
  });

  test('all that cannot be reached have a code', async () => {
    const gone = await NameServer.listen();
    await gone[Symbol.asyncDispose]();

    expect(await askNameServers('name.test', { servers: [gone.address] })).toEqual({ code: 'ECONNREFUSED' });
  });
});

describe('without an answer', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  /** Starts a lookup at name servers. `isEnded` tells whether it has ended. */
  function start(servers: readonly NameServer[], hasGlobalIpv6 = false) {
    const options = { servers: servers.map(({ address }) => address), hasGlobalIpv6: () => hasGlobalIpv6 };
    let isEnded = false;
    const answer = askNameServers('name.test', options).finally(() => (isEnded = true));
    return { answer, isEnded: () => isEnded };
  }

  /** Waits for real answers, while the clock stands still. */
  async function until(isMet: () => boolean): Promise<void> {
    while (!isMet()) await new Promise((resolve) => setImmediate(resolve));
  }

  test('a name fails after 2.5 s and three queries of each family', async () => {
    await using server = await NameServer.listen({ 'name.test': { a: 'silent', aaaa: 'silent' } });
    const lookup = start([server]);

    await server.untilQueries(2);
    await vi.advanceTimersByTimeAsync(700);
    await server.untilQueries(4);
    await vi.advanceTimersByTimeAsync(700);
    await server.untilQueries(6);
    await vi.advanceTimersByTimeAsync(1_099);
    expect(lookup.isEnded()).toBe(false);
    await vi.advanceTimersByTimeAsync(1);

    expect(await lookup.answer).toEqual({ code: 'ETIMEOUT' });
    expect(vi.getTimerCount()).toBe(0);
    expect(server.typesFor('name.test')).toEqual(['A', 'A', 'A', 'AAAA', 'AAAA', 'AAAA']);
  });

  test('the next name server is asked after 700 ms', async () => {
    await using silent = await NameServer.listen({ 'name.test': { a: 'silent', aaaa: 'silent' } });
    await using working = await NameServer.listen({ 'name.test': { a: ['192.0.2.1'] } });
    const lookup = start([silent, working]);

    await silent.untilQueries(2);
    await vi.advanceTimersByTimeAsync(699);
    expect(working.queries).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);

    expect(await lookup.answer).toMatchObject({ addresses: [v4('192.0.2.1')] });
    expect(silent.queries).toHaveLength(2);
  });

  test('a late one to the first query counts, after the query was repeated', async () => {
    await using server = await NameServer.listen({ 'name.test': { a: 'held', aaaa: [] } });
    const lookup = start([server]);
    await server.untilQueries(2);
    await vi.advanceTimersByTimeAsync(700);
    // Only the family without an answer is asked for again.
    await server.untilQueries(3);

    server.records.set('name.test', { a: ['192.0.2.1'] });
    server.release();

    expect(await lookup.answer).toMatchObject({ addresses: [v4('192.0.2.1')] });
    expect(server.typesFor('name.test').filter((type) => type === 'A')).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('one to the first query counts, though the repeated query failed', async () => {
    await using server = await NameServer.listen({ 'name.test': { a: 'held', aaaa: [] } });
    const lookup = start([server]);
    await server.untilQueries(2);
    server.records.set('name.test', { a: 'servfail' });
    await vi.advanceTimersByTimeAsync(700);
    await server.untilQueries(3);
    await vi.advanceTimersByTimeAsync(700);
    await server.untilQueries(4);
    server.records.set('name.test', { a: ['192.0.2.1'] });
    server.release();

    expect(await lookup.answer).toMatchObject({ addresses: [v4('192.0.2.1')] });
  });

  test('no query stays open after the end of a lookup', async () => {
    await using server = await NameServer.listen({ 'name.test': { a: ['192.0.2.1'], aaaa: 'silent' } });
    const lookup = start([server]);
    await server.untilQueries(2);
    await until(() => vi.getTimerCount() === 4);
    const cancel = vi.spyOn(dns.Resolver.prototype, 'cancel');
    await vi.advanceTimersByTimeAsync(50);
    await lookup.answer;

    expect(cancel).toHaveBeenCalledOnce();
  });

  test.each([
    ['IPv6', { a: ['192.0.2.1'], aaaa: 'silent' }, false, [v4('192.0.2.1')]],
    ['IPv4, on a machine with IPv6,', { a: 'silent', aaaa: ['2001:db8::1'] }, true, [v6('2001:db8::1')]],
  ] satisfies [string, NameRecord, boolean, unknown][])(
    'for %s the other addresses are used after 50 ms, and for 5 s',
    async (_family, record, hasIpv6, addresses) => {
      await using server = await NameServer.listen({ 'name.test': record });
      const lookup = start([server], hasIpv6);
      await server.untilQueries(2);
      await until(() => vi.getTimerCount() === 4);
      await vi.advanceTimersByTimeAsync(50);

      expect(await lookup.answer).toEqual({ addresses, ttlMs: 5_000 });
    },
  );

  test('for IPv4 a machine without IPv6 waits for it', async () => {
    await using server = await NameServer.listen({ 'name.test': { a: 'held', aaaa: ['2001:db8::1'] } });
    const hasGlobalIpv6 = vi.fn(() => false);
    const answer = askNameServers('name.test', { servers: [server.address], hasGlobalIpv6 });
    await until(() => hasGlobalIpv6.mock.calls.length > 0);
    await vi.advanceTimersByTimeAsync(700);
    await server.untilQueries(3);
    server.records.set('name.test', { a: ['192.0.2.1'] });
    server.release();

    expect(await answer).toEqual({ addresses: [v4('192.0.2.1'), v6('2001:db8::1')], ttlMs: 300_000 });
    expect(server.typesFor('name.test')).toEqual(['A', 'A', 'AAAA']);
  });
});

describe('a machine', () => {
  const having = (...addresses: readonly (readonly ['IPv4' | 'IPv6', string])[]) =>
    hasGlobalIpv6(() => ({
      // `as`: the other fields of an interface are not read.
      lo: [{ family: 'IPv6', address: '::1' }] as never,
      gone: undefined,
      eth0: addresses.map(([family, address]) => ({ family, address })) as never,
    }));

  test.each(['2001:db8::1', '3FFF:1::1', '2a00:1450::1'])('with %s has global IPv6', (address) => {
    expect(having(['IPv4', '10.0.0.1'], ['IPv6', address])).toBe(true);
  });

  test.each(['fe80::1', 'fd00::1', '::1', '4000::1', '2::1', 'fd00:2001::1'])(
    'with %s has none',
    (address) => {
      expect(having(['IPv6', address])).toBe(false);
    },
  );

  test('without an IPv6 address, or whose interfaces cannot be listed, has none', () => {
    expect(having()).toBe(false);
    expect(having(['IPv4', '2001:db8::1'])).toBe(false);
    expect(
      hasGlobalIpv6(() => {
        throw new Error('not permitted');
      }),
    ).toBe(false);
  });
});
