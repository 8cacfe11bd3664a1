import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { HostResolver, type HostResolverOptions } from '../../../../server/src/delivery/dns/host-resolver.ts';
import type { LookupOptions } from '../../../../server/src/delivery/dns/resolver.ts';
import { NameServer, type NameRecord } from '../../../support/name-server.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** A resolver and its name server. `resolve` returns the addresses, or the message of the error. */
async function open(records: Readonly<Record<string, NameRecord>>, options: HostResolverOptions = {}) {
  const server = await NameServer.listen(records);
  const counted: string[] = [];
  const resolver = new HostResolver({
    servers: [server.address],
    meter: { countLookup: (outcome) => counted.push(outcome) },
    ...options,
  });
  const resolve = async (name: string, accountId = 'acc_a', more: Partial<LookupOptions> = {}) => {
    try {
      const addresses = await resolver.resolve(name, { accountId, hasLocalNames: false, ...more });
      return addresses.map(({ address }) => address).join(' ');
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return { server, resolve, counted, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const silent: NameRecord = { a: 'silent', aaaa: 'silent' };
const noAnswer = 'ETIMEOUT: no answer from the name servers in time';
const limited = 'ELOOKUPLIMIT: too many other lookups of this account';

describe('an answer', () => {
  test.each([
    [0, 1],
    [7, 7],
    [86_400, 60],
  ])('with a time to live of %i s is used for %i s, by all accounts', async (ttl, seconds) => {
    await using dns = await open({ 'name.test': { a: ['192.0.2.1'], ttl } });
    expect(await dns.resolve('name.test')).toBe('192.0.2.1');
    dns.server.records.set('name.test', { a: ['192.0.2.2'] });

    await vi.advanceTimersByTimeAsync(seconds * 1_000 - 1);
    expect(await dns.resolve('name.test', 'acc_b')).toBe('192.0.2.1');
    await vi.advanceTimersByTimeAsync(1);
    expect(await dns.resolve('name.test', 'acc_b')).toBe('192.0.2.2');
    expect(dns.counted).toEqual(['answered', 'cached', 'answered']);
  });

  test('from before a time is not used, if the caller says so', async () => {
    await using dns = await open({ 'name.test': { a: ['192.0.2.1'] } });
    await dns.resolve('name.test');
    dns.server.records.set('name.test', { a: ['192.0.2.2'] });
    await vi.advanceTimersByTimeAsync(10);
    const notBefore = performance.now();

    expect(await dns.resolve('name.test')).toBe('192.0.2.1');
    expect(await dns.resolve('name.test', 'acc_a', { notBefore })).toBe('192.0.2.2');
    expect(await dns.resolve('name.test', 'acc_a', { notBefore })).toBe('192.0.2.2');
    expect(dns.server.typesFor('name.test')).toEqual(['A', 'A', 'AAAA', 'AAAA']);
  });

  test('is shared by callers of all accounts that ask at the same time', async () => {
    await using dns = await open({ 'name.test': { a: 'held', aaaa: 'held' } });
    const answers = ['acc_a', 'acc_a', 'acc_b'].map((accountId) => dns.resolve('name.test', accountId));
    await dns.server.untilQueries(2);
    dns.server.records.set('name.test', { a: ['192.0.2.1'] });
    dns.server.release();

    expect(await Promise.all(answers)).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.1']);
    expect(dns.server.queries).toHaveLength(2);
    expect(dns.counted).toEqual(['answered']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a failure', () => {
  test('is used for 5 s', async () => {
    await using dns = await open({});
    expect(await dns.resolve('name.test')).toBe('ENOTFOUND: no such name');
    dns.server.records.set('name.test', { a: ['192.0.2.1'] });

    await vi.advanceTimersByTimeAsync(4_999);
    expect(await dns.resolve('name.test')).toBe('ENOTFOUND: no such name');
    await vi.advanceTimersByTimeAsync(1);
    expect(await dns.resolve('name.test')).toBe('192.0.2.1');
    expect(dns.counted).toEqual(['not_found', 'cached', 'answered']);
  });

  test('of the name servers is counted apart', async () => {
    await using dns = await open({ 'name.test': { a: 'servfail', aaaa: 'servfail' } });

    expect(await dns.resolve('name.test')).toBe('ESERVFAIL: the name servers of the domain fail');
    expect(dns.counted).toEqual(['server_failed']);
  });

  test('comes after 2.5 s if no name server answers', async () => {
    await using dns = await open({ 'dead.test': silent });
    const answer = dns.resolve('dead.test');
    await vi.advanceTimersByTimeAsync(2_500);

    expect(await answer).toBe(noAnswer);
    expect(await dns.resolve('dead.test')).toBe(noAnswer);
    expect(dns.counted).toEqual(['timeout', 'cached']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('dead names', () => {
  const names = Array.from({ length: 50 }, (_, i) => `dead${i}.test`);
  const records = Object.fromEntries(names.map((name) => [name, silent]));

  test('delay no other account', async () => {
    await using dns = await open({ ...records, 'name.test': { a: ['192.0.2.1'] } }, { maxLookups: 12 });
    for (const name of names) void dns.resolve(name, 'acc_dead');

    expect(await dns.resolve('name.test', 'acc_b')).toBe('192.0.2.1');
  });

  test('delay no name of their account that had addresses before', async () => {
    await using dns = await open(
      { ...records, 'name.test': { a: ['192.0.2.1'], ttl: 1 } },
      { maxLookups: 12 },
    );
    await dns.resolve('name.test');
    await vi.advanceTimersByTimeAsync(1_000);
    for (const name of names) void dns.resolve(name);

    expect(await dns.resolve('name.test')).toBe('192.0.2.1');
  });

  test('fail within 2.5 s, also those that had no place', async () => {
    await using dns = await open(records, { maxLookups: 12 });
    const answers = names.map((name) => dns.resolve(name));
    await vi.advanceTimersByTimeAsync(2_500);

    const messages = await Promise.all(answers);
    expect(messages.slice(0, 4)).toEqual([noAnswer, noAnswer, noAnswer, noAnswer]);
    expect(new Set(messages)).toEqual(new Set([noAnswer, limited]));
    // The lookups that were not started have no caller any more.
    await vi.advanceTimersByTimeAsync(2_500);
    expect(vi.getTimerCount()).toBe(0);
    expect(new Set(dns.server.queries.map(({ name }) => name)).size).toBeLessThan(10);
    expect(dns.counted.filter((outcome) => outcome === 'limited').length).toBeGreaterThan(40);
  });

  test('that failed before delay no new name of their account', async () => {
    await using dns = await open({ ...records, 'name.test': { a: ['192.0.2.1'] } }, { maxLookups: 12 });
    for (const name of names.slice(0, 4)) void dns.resolve(name);
    await vi.advanceTimersByTimeAsync(2_500);
    await vi.advanceTimersByTimeAsync(5_000);
    for (const name of names.slice(0, 4)) void dns.resolve(name);

    expect(await dns.resolve('name.test')).toBe('192.0.2.1');
  });

  test('may wait in a limited number', async () => {
    await using dns = await open(records, { maxLookups: 3, maxWaiting: 2 });
    void dns.resolve('dead0.test');
    void dns.resolve('dead1.test');
    void dns.resolve('dead2.test');

    expect(await dns.resolve('dead3.test')).toBe(limited);
    expect(dns.counted).toEqual(['limited']);
    dns.server.records.set('dead3.test', { a: ['192.0.2.1'] });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await dns.resolve('dead3.test')).toBe('192.0.2.1');
  });

  test('do not keep their account from a lookup of another account', async () => {
    await using dns = await open(
      { ...records, 'name.test': { a: 'held', aaaa: 'held' } },
      { maxLookups: 3, maxWaiting: 1 },
    );
    const first = dns.resolve('name.test', 'acc_b');
    await dns.server.untilQueries(2);
    for (const name of names.slice(0, 3)) void dns.resolve(name);
    const second = dns.resolve('name.test');
    dns.server.records.set('name.test', { a: ['192.0.2.1'] });
    dns.server.release();

    expect(await Promise.all([first, second])).toEqual(['192.0.2.1', '192.0.2.1']);
  });

  test('turned away for one account still wait for another one', async () => {
    await using dns = await open(
      { ...records, 'name.test': { a: ['192.0.2.1'] } },
      { maxLookups: 3, maxWaiting: 1 },
    );
    void dns.resolve('dead0.test');
    const waiting = dns.resolve('name.test');
    void dns.resolve('dead1.test', 'acc_b');
    void dns.resolve('dead2.test', 'acc_b');

    expect(await dns.resolve('name.test', 'acc_b')).toBe(limited);
    expect(await dns.resolve('name.test', 'acc_c')).toBe('192.0.2.1');
    expect(await waiting).toBe('192.0.2.1');
    expect(dns.server.typesFor('name.test')).toEqual(['A', 'AAAA']);
  });

  test('are not asked for when all callers gave up or were turned away', async () => {
    await using dns = await open(records, { maxLookups: 3, maxWaiting: 2 });
    for (const name of ['dead0.test', 'dead1.test', 'name.test']) void dns.resolve(name);
    for (const name of ['dead2.test', 'dead3.test', 'dead4.test']) void dns.resolve(name, 'acc_b');
    expect(await dns.resolve('name.test', 'acc_b')).toBe(limited);
    await vi.advanceTimersByTimeAsync(10_000);

    expect(dns.server.typesFor('name.test')).toEqual([]);
  });

  test('that waited for their turn count as no answer, not as limited', async () => {
    await using dns = await open({ ...records, 'held.test': { a: 'held', aaaa: 'held' } }, { maxLookups: 3 });
    const held = dns.resolve('held.test');
    const late = dns.resolve('dead0.test');
    await dns.server.untilQueries(2);
    await vi.advanceTimersByTimeAsync(1_000);
    dns.server.records.delete('held.test');
    dns.server.release();
    expect(await held).toBe('ENOTFOUND: no such name');
    await vi.advanceTimersByTimeAsync(1_500);

    expect(await late).toBe(noAnswer);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(dns.counted).toEqual(['not_found', 'timeout']);
  });

  test('of one account do not delay another account that asks for the same name', async () => {
    await using dns = await open({ ...records, 'name.test': { a: ['192.0.2.1'] } }, { maxLookups: 12 });
    for (const name of names) void dns.resolve(name, 'acc_dead');
    const waiting = dns.resolve('name.test', 'acc_dead');

    expect(await dns.resolve('name.test', 'acc_b')).toBe('192.0.2.1');
    expect(await waiting).toBe('192.0.2.1');
    // The turn of the first account comes later, and there is nothing left to do.
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await dns.resolve('other.test', 'acc_b')).toBe('ENOTFOUND: no such name');
    expect(dns.server.typesFor('name.test')).toEqual(['A', 'AAAA']);
  });
});

describe('local names', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'host-resolver-'));
    writeFileSync(join(folder, 'hosts'), '10.0.0.1 receiver.test');
    writeFileSync(join(folder, 'resolv.conf'), 'search a.test b.test');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const openLocally = (records: Readonly<Record<string, NameRecord>>) =>
    open(records, { hostsPath: join(folder, 'hosts'), resolvConfPath: join(folder, 'resolv.conf') });

  test('come from the hosts file and the search list, only if they are allowed', async () => {
    await using dns = await openLocally({
      'api.b.test': { a: ['10.0.0.2'] },
      'receiver.test': { a: ['192.0.2.1'] },
    });
    const local = { hasLocalNames: true };

    expect(await dns.resolve('receiver.test', 'acc_a', local)).toBe('10.0.0.1');
    expect(await dns.resolve('receiver.test')).toBe('192.0.2.1');
    expect(await dns.resolve('api', 'acc_a', local)).toBe('10.0.0.2');
    expect(await dns.resolve('api')).toBe('ENOTFOUND: no such name');
    expect(await dns.resolve('localhost', 'acc_a', local)).toBe('127.0.0.1 ::1');
    expect(await dns.resolve('localhost')).toBe('ENOTFOUND: no such name');
  });

  test('that do not exist have the failure of the name itself', async () => {
    await using dns = await openLocally({ 'api.a.test': {}, api: { a: 'servfail', aaaa: 'servfail' } });

    expect(await dns.resolve('api', 'acc_a', { hasLocalNames: true })).toBe(
      'ESERVFAIL: the name servers of the domain fail',
    );
    expect(new Set(dns.server.queries.map(({ name }) => name))).toEqual(
      new Set(['api.a.test', 'api.b.test', 'api']),
    );
  });

  test('that are asked for as they are keep their own failure', async () => {
    await using dns = await openLocally({ 'web.api': { a: 'servfail', aaaa: 'servfail' } });

    expect(await dns.resolve('web.api', 'acc_a', { hasLocalNames: true })).toBe(
      'ESERVFAIL: the name servers of the domain fail',
    );
    expect(new Set(dns.server.queries.map(({ name }) => name))).toEqual(
      new Set(['web.api', 'web.api.a.test', 'web.api.b.test']),
    );
  });

  test('are not completed further if a name server does not answer', async () => {
    await using dns = await openLocally({ 'api.a.test': silent, 'api.b.test': { a: ['10.0.0.2'] } });
    const answer = dns.resolve('api', 'acc_a', { hasLocalNames: true });
    await dns.server.untilQueries(2);
    await vi.advanceTimersByTimeAsync(2_500);

    expect(await answer).toBe(noAnswer);
    expect(new Set(dns.server.queries.map(({ name }) => name))).toEqual(new Set(['api.a.test']));
  });

  test('are not completed further after 2.5 s', async () => {
    const held: NameRecord = { a: 'held', aaaa: 'held' };
    await using dns = await openLocally({ 'api.a.test': held, 'api.b.test': held });
    const answer = dns.resolve('api', 'acc_a', { hasLocalNames: true });
    for (const [name, queries] of [
      ['api.a.test', 2],
      ['api.b.test', 4],
    ] as const) {
      await dns.server.untilQueries(queries);
      await vi.advanceTimersByTimeAsync(1_400);
      dns.server.records.delete(name);
      dns.server.release();
    }

    expect(await answer).toBe(noAnswer);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(new Set(dns.server.queries.map(({ name }) => name))).toEqual(
      new Set(['api.a.test', 'api.b.test']),
    );
  });
});
