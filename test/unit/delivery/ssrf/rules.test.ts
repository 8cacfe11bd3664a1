import { describe, expect, test } from 'vitest';
import { parseAllowedTargets } from '../../../../server/src/delivery/ssrf/allowed-targets.ts';
import { isWellFormed, getNameRejection } from '../../../../server/src/delivery/ssrf/host-name.ts';
import {
  checkTargetAddress,
  parseTarget,
  type TargetRules,
} from '../../../../server/src/delivery/ssrf/parse-target.ts';
import { checkAddress } from '../../../../server/src/delivery/ssrf/public-address.ts';
import { findPublicHost, parseOwnHosts } from '../../../../server/src/delivery/ssrf/own-hosts.ts';
import { createTargetPolicy } from '../../../../server/src/delivery/ssrf/target-policy.ts';

const example = { host: 'example.com', port: 443 };

/** The rule that rejects a URL and what it says, or the URL in its normal form. */
function outcome(url: string, rules: TargetRules = {}): string {
  const parsed = parseTarget(url, rules);
  return parsed.ok ? parsed.target.url : `${parsed.rule}: ${parsed.why}`;
}

describe('a parsed target', () => {
  const open: TargetRules = { allowPrivateTargets: true };

  const https = { protocol: 'https:', port: 443 };
  const http = { protocol: 'http:', port: 80 };
  const name = { host: 'example.com', isAddress: false };

  test.each([
    ['https://example.com/a?b#c', {}, { ...https, ...name, origin: 'https://example.com' }],
    ['https://example.com:8443/', {}, { ...https, ...name, port: 8443, origin: 'https://example.com:8443' }],
    ['https://8.8.8.8/', {}, { ...https, host: '8.8.8.8', isAddress: true, origin: 'https://8.8.8.8' }],
    [
      'https://[2606:4700::1]/',
      {},
      { ...https, host: '2606:4700::1', isAddress: true, origin: 'https://[2606:4700::1]' },
    ],
    ['http://example.com/', open, { ...http, ...name, origin: 'http://example.com' }],
    [
      'http://127.1:8080/',
      open,
      { ...http, host: '127.0.0.1', isAddress: true, port: 8080, origin: 'http://127.0.0.1:8080' },
    ],
    ['http://[::1]/', open, { ...http, host: '::1', isAddress: true, origin: 'http://[::1]' }],
  ])('%s has its parts', (url, rules, target) => {
    expect(parseTarget(url, rules)).toMatchObject({ ok: true, target });
  });

  test('loses a dot at the end of its host, also beside a port', () => {
    expect(parseTarget('https://example.com.:8443/', {})).toMatchObject({
      target: { host: 'example.com', origin: 'https://example.com:8443' },
    });
  });
});

describe('an @ before the host', () => {
  const why = 'userinfo: contains a user name or password; send credentials as a custom header instead';

  test.each([
    'https://user@example.com/',
    'https://user:@example.com/',
    'https://:password@example.com/',
    'HTTPS://@example.com/',
    'svn+ssh://@example.com/',
    'x1://@example.com/',
    'x.y://@example.com/',
    'x-y://@example.com/',
    'mailto:user@example.com',
  ])('is rejected whatever the scheme: %s', (url) => expect(outcome(url)).toBe(why));

  test.each([
    ['https://example.com/a:b@c', 'https://example.com/a:b@c'],
    ['https://example.com/x?y=z:@w', 'https://example.com/x?y=z:@w'],
    ['https://example.com#a@b', 'https://example.com/'],
    ['https://example.com?a@b', 'https://example.com/?a@b'],
  ])('is none when it stands behind it: %s', (url, normal) => expect(outcome(url)).toBe(normal));
});

describe('what a URL is rejected for', () => {
  test.each([
    [
      ' https://example.com/',
      'characters: contains a control character, white space or a backslash; percent-encode it',
    ],
    ['nonsense', 'syntax: is not a valid absolute URL such as https://example.com/hooks'],
    ['ftp://example.com/', 'scheme: has the scheme "ftp"; only https is allowed'],
    ['http://example.com/', 'scheme: has the scheme "http"; only https is allowed'],
    [
      'https://10.0.0.1/',
      'address: has the host "10.0.0.1", a private address; use a host that is publicly reachable',
    ],
    [
      'https://[::1]/',
      'address: has the host "::1", a loopback address; use a host that is publicly reachable',
    ],
    [
      'https://db/',
      'host: has the host "db", a name without a domain; use a host name that is publicly reachable',
    ],
    ['https://example.com:22/', 'port: has the port 22; use 443 or 8443'],
  ])('is named: %j', (url, expected) => expect(outcome(url)).toBe(expected));

  test.each([
    [
      'http://a..b/',
      'host: has the host "a..b", not a valid host name; use a host name that is publicly reachable',
    ],
    [
      'http://metadata.google.internal/',
      `host: has the host "metadata.google.internal", a cloud's metadata service; use a host name that is publicly reachable`,
    ],
    [
      'http://169.254.169.254/',
      'address: has the host "169.254.169.254", a cloud metadata address; use a host that is publicly reachable',
    ],
    ['gopher://localhost/', 'scheme: has the scheme "gopher"; only https is allowed'],
  ])('is named where private targets are allowed: %j', (url, expected) =>
    expect(outcome(url, { allowPrivateTargets: true })).toBe(expected),
  );
});

describe('a host name', () => {
  test.each([
    'localhost',
    'local',
    'internal',
    'localdomain',
    'lan',
    'intranet',
    'corp',
    'home',
    'home.arpa',
    'private',
    'onion',
  ])('is rejected as %s and below it, and accepted where that only ends another label', (suffix) => {
    expect(getNameRejection(suffix)).toBe(`an internal name (${suffix})`);
    expect(getNameRejection(`a.${suffix}`)).toBe(`an internal name (${suffix})`);
    expect(getNameRejection(`a.b.${suffix}`)).toBe(`an internal name (${suffix})`);
    expect(getNameRejection(`not${suffix}.com`)).toBeUndefined();
    expect(getNameRejection(`${suffix}.com`)).toBeUndefined();
    expect(getNameRejection(`a.not${suffix}`)).toBeUndefined();
  });

  test.each([
    'metadata.goog',
    'metadata.google.internal',
    'metadata.azure.internal',
    'instance-data.ec2.internal',
    'metadata.tencentyun.com',
    'metadata.packet.net',
    'metadata.platformequinix.com',
  ])('of a metadata service is rejected, also where private targets are allowed: %s', (name) => {
    expect(getNameRejection(name)).toBe("a cloud's metadata service");
    expect(outcome(`https://${name}/`, { allowPrivateTargets: true })).toMatch(/^host: .*metadata service/);
    expect(outcome(`https://${name}./`, { allowPrivateTargets: true })).toMatch(/^host: .*metadata service/);
  });

  test('has labels of 1 to 63 characters, and 253 in all', () => {
    const label = (length: number) => 'a'.repeat(length);
    expect(isWellFormed(`${label(63)}.com`)).toBe(true);
    expect(isWellFormed(`${label(64)}.com`)).toBe(false);
    const long = [label(63), label(63), label(63), label(61)].join('.');
    expect([long.length, isWellFormed(long)]).toEqual([253, true]);
    expect(isWellFormed(`${long}a`)).toBe(false);
    for (const name of ['', '.', 'a.', '.a', 'a..b'])
      expect([name, isWellFormed(name)]).toEqual([name, false]);
    expect(isWellFormed('a')).toBe(true);
  });
});

describe('an address', () => {
  test.each([
    ['0.0.0.0', 'an unspecified address'],
    ['0.255.255.255', 'an unspecified address'],
    ['255.255.255.255', 'a broadcast address'],
    ['224.0.0.1', 'a multicast address'],
    ['169.254.0.1', 'a link-local address'],
    ['127.0.0.1', 'a loopback address'],
    ['100.64.0.1', 'a carrier-grade NAT address'],
    ['192.168.0.1', 'a private address'],
    ['240.0.0.1', 'a reserved address'],
    ['192.88.99.1', 'a reserved address'],
    ['::', 'an unspecified address'],
    ['::1', 'a loopback address'],
    ['ff02::1', 'a multicast address'],
    ['fe80::1', 'a link-local address'],
    ['fe80::1%eth0', 'a link-local address'],
    ['fd00::1', 'a unique local address'],
    ['fec0::1', 'a site-local address'],
    ['2002:808:808::1', 'a 6to4 address'],
    ['2001::1', 'a Teredo address'],
    ['64:ff9b:1::1', 'a local NAT64 address'],
    ['2001:db8::1', 'a reserved address'],
    ['::8.8.8.8', 'outside the global IPv6 unicast block'],
    ['::8.8.8.8%eth0', 'outside the global IPv6 unicast block'],
    ['::808:808', 'outside the global IPv6 unicast block'],
    ['::127.0.0.1', 'outside the global IPv6 unicast block'],
    ['1fff:ffff::1', 'outside the global IPv6 unicast block'],
    ['4000::1', 'outside the global IPv6 unicast block'],
    ['::ffff:10.0.0.1', 'a private address'],
    ['64:ff9b::10.0.0.1', 'a private address'],
    ['8.8.8.8.8', 'not an IP address'],
  ])('%s is %s', (ip, why) => expect(checkAddress(ip, 'public-only')).toEqual({ ok: false, why }));

  test.each(['2000::1', '3ffe::1', '64:ff9b::8.8.8.8', '::ffff:8.8.8.8', '1.0.0.0', '223.255.255.255'])(
    '%s is public',
    (ip) => expect(checkAddress(ip, 'public-only')).toEqual({ ok: true }),
  );

  test.each([
    '169.254.169.254',
    '169.254.170.2',
    '169.254.170.23',
    '100.100.100.200',
    '168.63.129.16',
    'fd00:ec2::254',
    'fd00:ec2::23',
    'fd20:ce::254',
    'fd20:ce::254%eth0',
    '::ffff:100.100.100.200',
    '64:ff9b::168.63.129.16',
  ])('%s of a metadata service is rejected however much is allowed', (ip) => {
    const why = 'a cloud metadata address';
    expect(checkAddress(ip, 'public-only')).toEqual({ ok: false, why });
    expect(checkAddress(ip, 'private-allowed')).toEqual({ ok: false, why });
    expect(checkTargetAddress(example, ip, { allowPrivateTargets: true })).toEqual({ ok: false, why });
  });

  test.each(['100.100.100.201', 'fd00:ec2::255', '10.0.0.1', '::1'])(
    '%s may be called where private targets are allowed',
    (ip) => expect(checkTargetAddress(example, ip, { allowPrivateTargets: true })).toEqual({ ok: true }),
  );

  test.each(['169.254.169.253', '169.254.170.3', 'fe80::1', 'fe80::1%eth0', '::ffff:169.254.0.1'])(
    '%s is link-local, so it is rejected however much is allowed',
    (ip) =>
      expect(checkTargetAddress(example, ip, { allowPrivateTargets: true })).toEqual({
        ok: false,
        why: 'a link-local address',
      }),
  );

  test('that is none is rejected however much is allowed', () => {
    expect(checkAddress('localhost', 'private-allowed')).toEqual({ ok: false, why: 'not an IP address' });
  });
});

describe('our own hosts', () => {
  test.each<[string, string[], boolean]>([
    ['https://hooks.example.com/', ['HOOKS.example.COM'], true],
    ['https://hooks.example.com:8443/', ['hooks.example.com'], true],
    ['https://hooks.example.com/', ['hooks.example.com:443'], true],
    ['https://hooks.example.com:8443/', ['hooks.example.com:443'], false],
    ['https://hooks.example.com/', ['other.example.com', 'hooks.example.com'], true],
    ['https://hooks.example.com/', ['example.com', 'ooks.example.com', 'hooks.example.co'], false],
    ['https://[2606:4700::1]/', ['[2606:4700::1]'], true],
    ['https://[2606:4700::1]/', ['2606:4700::1'], true],
    ['https://[2606:4700::1]/', ['[2606:4700::1]:443'], true],
    ['https://[2606:4700::1]/', ['2606:4700::1:443'], false],
    ['https://8.8.8.8/', ['8.8.8.8:443'], true],
    ['https://[::ffff:8.8.8.8]/', ['8.8.8.8'], true],
    ['https://8.8.8.8/', ['[::ffff:808:808]'], true],
    ['https://a.example.com/', ['*.example.com'], true],
    ['https://a.b.example.com:8443/', ['*.Example.com:8443'], true],
    ['https://example.com/', ['*.example.com'], false],
    ['https://aexample.com/', ['*.example.com'], false],
    ['https://xn--bcher-kva.example/', ['bücher.example.'], true],
    ['https://hooks.example.com/', ['HTTPS://hooks.example.com./'], true],
    ['https://hooks.example.com:8443/', ['https://hooks.example.com:443'], false],
    ['https://hooks.example.com/', [], false],
  ])('%s beside %j is ours: %j', (url, ownHosts, isOurs) => {
    const { host } = new URL(url);
    const expected = isOurs
      ? `own_host: has the host "${new URL(url).hostname.replace(/^\[|\]$/g, '')}", which is this service itself`
      : `https://${host}/`;
    expect(outcome(url, { ownHosts: parseOwnHosts(ownHosts.join()).hosts })).toBe(expected);
  });
});

describe('an entry of our own hosts', () => {
  const port = 'has an invalid port; use 1 to 65535';
  const other = 'is not a host name or an address, with an optional port';

  test.each([
    ['ftp://hooks.example.com', 'must begin with https:// or a host name'],
    ['https://hooks.example.com/v1', 'has a path; write only the host'],
    ['hooks.example.com/v1', 'has a path; write only the host'],
    ['hooks.example.com?x', 'has a path; write only the host'],
    ['https://user@hooks.example.com', 'has a user name; write only the host'],
    ['hooks.example.com hooks.example.net', 'contains white space; separate hosts with commas'],
    ['hooks.example.com:', port],
    ['hooks.example.com:0', port],
    ['hooks.example.com:65536', port],
    ['hooks.example.com:https', port],
    ['[::1]:x', port],
    ['*', other],
    ['*.', other],
    ['a.*.example.com', other],
    ['*.8.8.8.8', other],
    ['[8.8.8.8]', other],
    ['[hooks.example.com]', other],
    ['fe80::1%eth0', other],
    ['a..b', other],
    ['hooks.example.com..', other],
    ['127.1', 'means the address 127.0.0.1; write it like that'],
    ['0x7f000001', 'means the address 127.0.0.1; write it like that'],
  ])('is refused with the reason if it could be misread: %s', (entry, why) => {
    expect(parseOwnHosts(`good.example.com, ${entry}`)).toMatchObject({
      hosts: [{ host: 'good.example.com' }],
      errors: [`"${entry}" ${why}`],
    });
  });

  test('names the sender by the first one that is a single host', () => {
    const publicHostOf = (text: string) => findPublicHost(parseOwnHosts(text).hosts);
    expect(publicHostOf('*.example.com, Hooks.example.com:8443')).toBe('hooks.example.com:8443');
    expect(publicHostOf('::1')).toBe('[::1]');
    expect(publicHostOf('*.example.com')).toBeUndefined();
  });

  test('is compared with the addresses that a name resolves to', () => {
    const ownHosts = parseOwnHosts('8.8.8.8:443').hosts;
    const refused = { ok: false, why: 'this service itself' };
    expect(checkTargetAddress(example, '8.8.8.8', { ownHosts })).toEqual(refused);
    expect(checkTargetAddress(example, '::ffff:8.8.8.8', { ownHosts })).toEqual(refused);
    expect(checkTargetAddress({ ...example, port: 8443 }, '8.8.8.8', { ownHosts })).toEqual({ ok: true });
  });
});

describe('the list of allowed targets', () => {
  test.each([
    ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
    ['10.0.0.0/32', ['10.0.0.0'], ['10.0.0.1']],
    ['10.0.0.0', ['10.0.0.0'], ['10.0.0.1']],
    ['0.0.0.0/0', ['8.8.8.8', '127.0.0.1'], ['::1']],
    ['fd00::/8', ['fd00::1', 'fdff::1'], ['fc00::1', 'fe00::1']],
    ['fd00::1/128', ['fd00::1'], ['fd00::2']],
    ['fd00::1', ['fd00::1'], ['fd00::', 'fd00::2']],
    ['::/0', ['::1', 'fd00::1'], ['127.0.0.1']],
  ])('of %s leases its addresses and no others', (text, inside, outside) => {
    const allowed = parseAllowedTargets(text);
    expect(inside.filter((ip) => !allowed.hasAddress(ip))).toEqual([]);
    expect(outside.filter((ip) => allowed.hasAddress(ip))).toEqual([]);
  });

  test.each([
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/1000',
    '10.0.0.0/0x8',
    '10.0',
    'a.internal/x',
    'a.internal:80',
    'user@a.internal',
    'a.internal?x',
    'a.internal#x',
    'a\\b.internal',
    '[a]',
    'a%2e.internal',
    'a.*.internal',
    '**.internal',
    '*',
    '*.',
  ])('does not take %j', (entry) => {
    expect(() => parseAllowedTargets(entry)).toThrow(
      new Error(`"${entry}" is not a CIDR block, an address or a host name`),
    );
  });

  test('takes widths up to the address’s own, and names in any notation', () => {
    expect(parseAllowedTargets('10.0.0.0/0').hasAddress('8.8.8.8')).toBe(true);
    expect(parseAllowedTargets('fd00::/128').hasAddress('fd00::')).toBe(true);
    expect(parseAllowedTargets('Vault.Internal.').hasHost('vault.internal')).toBe(true);
    expect(parseAllowedTargets('*.Svc.Internal.').hasHost('a.svc.internal')).toBe(true);
  });

  test('exempts a host on every port, and an address only where it stands in the URL', () => {
    const allowedTargets = parseAllowedTargets('vault.internal 10.1.0.0/16');
    expect(outcome('https://vault.internal:22/', { allowedTargets })).toBe('https://vault.internal:22/');
    expect(outcome('https://10.1.0.1:22/', { allowedTargets })).toBe('https://10.1.0.1:22/');
    expect(outcome('https://10.2.0.1/', { allowedTargets })).toMatch(/^address: /);
    expect(outcome('https://example.com:22/', { allowedTargets })).toMatch(/^port: /);
    expect(checkTargetAddress({ host: 'vault.internal', port: 22 }, '10.9.9.9', { allowedTargets })).toEqual({
      ok: true,
    });
    expect(checkTargetAddress(example, '10.1.2.3', { allowedTargets })).toEqual({ ok: true });
    expect(checkTargetAddress(example, '10.9.9.9', { allowedTargets })).toMatchObject({ ok: false });
  });
});

describe('the check at creation', () => {
  const resolver = (...addresses: string[]) => {
    const asked: string[] = [];
    return {
      asked,
      resolve: (host: string) => {
        asked.push(host);
        return Promise.resolve(addresses.map((address) => ({ address, family: 4 })));
      },
    };
  };

  test('asks for the name alone, once', async () => {
    const { asked, resolve } = resolver('93.184.216.34');
    await createTargetPolicy({ resolver: resolve }).check('https://Example.com.:8443/x?y', 'acc_a', 'url');
    expect(asked).toEqual(['example.com']);
  });

  test('looks at every address of a name', async () => {
    const { resolve } = resolver('93.184.216.34', '93.184.216.35', '10.0.0.1');
    await expect(
      createTargetPolicy({ resolver: resolve }).check('https://example.com/', 'acc_a', 'url'),
    ).rejects.toMatchObject({
      code: 'INVALID_URL',
    });
  });

  test('is not made of a URL that breaks a rule', async () => {
    const { asked, resolve } = resolver('93.184.216.34');
    const check = createTargetPolicy({ resolver: resolve }).check('https://example.com:22/', 'acc_a', 'url');
    await expect(check).rejects.toMatchObject({ code: 'INVALID_URL' });
    expect(asked).toEqual([]);
  });

  test('takes a resolver that throws for a name that does not resolve yet', async () => {
    const policy = createTargetPolicy({
      resolver: () => {
        throw new Error('no network');
      },
    });
    expect(await policy.check('https://example.com/', 'acc_a', 'url')).toBe('https://example.com/');
  });
});
