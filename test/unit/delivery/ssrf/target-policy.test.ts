import { describe, expect, test } from 'vitest';
import { parseAllowedTargets } from '../../../../server/src/delivery/ssrf/allowed-targets.ts';
import type { Resolver } from '../../../../server/src/delivery/dns/resolver.ts';
import {
  createTargetPolicy,
  type TargetPolicyOptions,
} from '../../../../server/src/delivery/ssrf/target-policy.ts';
import { isTocsinError } from '../../../../server/src/domain/errors.ts';

function resolvesTo(...addresses: string[]): Resolver {
  return () =>
    addresses.length === 0
      ? Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
      : Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
}

async function check(url: string, options: Partial<TargetPolicyOptions>): Promise<string> {
  try {
    return await createTargetPolicy({ resolver: resolvesTo(), ...options }).check(url, 'acc_a', 'url');
  } catch (error) {
    if (isTocsinError(error) && error.code === 'INVALID_URL') return error.message;
    throw error;
  }
}

describe('the check of a webhook URL', () => {
  test('returns the normal form of a URL whose host has only public addresses', async () => {
    const resolver = resolvesTo('93.184.216.34', '2606:4700::1');
    expect(await check('HTTPS://Bücher.Example:443/a/../b#c', { resolver })).toBe(
      'https://xn--bcher-kva.example/b',
    );
  });

  test.each([
    ['93.184.216.34', '10.0.0.1'],
    ['10.0.0.1', '93.184.216.34'],
    ['2606:4700::1', '::1'],
    ['::ffff:10.0.0.1'],
  ])('rejects a host with an address that is not public (%s, %s)', async (...addresses) => {
    expect(await check('https://example.com/?token=secret', { resolver: resolvesTo(...addresses) })).toMatch(
      /^url has the host "example.com", which points to a (private|loopback) address; all its addresses must be public$/,
    );
  });

  test('accepts a host that does not resolve yet', async () => {
    expect(await check('https://example.com/', { resolver: resolvesTo() })).toBe('https://example.com/');
  });

  test('does not resolve the host if private targets are allowed or if it is an address', async () => {
    const resolver: Resolver = () => {
      throw new Error('unexpected lookup');
    };
    expect(await check('http://localhost:9/x', { resolver, allowPrivateTargets: true })).toBe(
      'http://localhost:9/x',
    );
    expect(await check('https://8.8.8.8', { resolver })).toBe('https://8.8.8.8/');
  });

  test('accepts an allowed host, and a host with an address in an allowed block', async () => {
    const allowedTargets = parseAllowedTargets('10.1.0.0/16 vault.internal');
    expect(await check('https://a.example.com/', { resolver: resolvesTo('10.1.2.3'), allowedTargets })).toBe(
      'https://a.example.com/',
    );
    expect(await check('https://vault.internal/', { resolver: resolvesTo('10.9.9.9'), allowedTargets })).toBe(
      'https://vault.internal/',
    );
    expect(
      await check('https://a.example.com/', { resolver: resolvesTo('10.1.2.3', '10.2.2.3'), allowedTargets }),
    ).toContain('points to a private address');
  });

  test('looks a host up for the account of the webhook, as a local name only if it is allowed', async () => {
    const asked: unknown[] = [];
    const resolver: Resolver = (host, options) => {
      asked.push([host, options]);
      return Promise.resolve([]);
    };
    const allowedTargets = parseAllowedTargets('vault.internal');
    await check('https://example.com/', { resolver, allowedTargets });
    await check('https://vault.internal/', { resolver, allowedTargets });

    expect(asked).toEqual([
      ['example.com', { accountId: 'acc_a', hasLocalNames: false }],
      ['vault.internal', { accountId: 'acc_a', hasLocalNames: true }],
    ]);
  });

  test.each([
    ['http://example.com/', 'url has the scheme "http"; only https is allowed'],
    ['https://example.com:8080/', 'url has the port 8080; use 443 or 8443'],
    [
      'https://127.1/',
      'url has the host "127.0.0.1", a loopback address; use a host that is publicly reachable',
    ],
    [
      'https://db/',
      'url has the host "db", a name without a domain; use a host name that is publicly reachable',
    ],
    ['nonsense', 'url is not a valid absolute URL such as https://example.com/hooks'],
  ])('names the rule that a URL breaks: %s', async (url, message) => {
    expect(await check(url, {})).toBe(message);
  });

  test.each([
    'https://user:hunter2@example.com/?token=hunter2',
    'https://10.0.0.1/hunter2?token=hunter2#hunter2',
    'ftp://example.com/hunter2?hunter2',
    'https://example.com:22/hunter2?hunter2',
    'https://exa mple.com/hunter2',
    'hunter2:hunter2@example.com',
  ])('rejects a URL with a credential without repeating it: %s', async (url) => {
    const message = await check(url, {});
    expect(message).toMatch(/^url (has|is|contains)/);
    expect(message.replace('the scheme "hunter2"', '')).not.toContain('hunter2');
  });
});
