import { describe, expect, test } from 'vitest';
import { parseAllowedTargets } from '../../../../server/src/delivery/ssrf/allowed-targets.ts';
import { parseOwnHosts } from '../../../../server/src/delivery/ssrf/own-hosts.ts';
import { parseTarget } from '../../../../server/src/delivery/ssrf/parse-target.ts';

describe('the list of allowed targets', () => {
  const allowed = parseAllowedTargets(
    '10.1.0.0/16, 192.168.5.5 fd00:1::/32,\nVault.Internal *.svc.internal. bücher.local',
  );

  test.each(['10.1.0.0', '10.1.255.255', '192.168.5.5', '::ffff:10.1.2.3', 'fd00:1::1'])(
    'contains the address %s',
    (ip) => expect(allowed.hasAddress(ip)).toBe(true),
  );

  test.each(['10.2.0.0', '192.168.5.6', 'fd00:2::1', '::1', '::10.1.2.3', '::a01:203', '', 'vault.internal'])(
    'does not contain the address %j',
    (ip) => expect(allowed.hasAddress(ip)).toBe(false),
  );

  test.each(['vault.internal', 'a.svc.internal', 'a.b.svc.internal', 'xn--bcher-kva.local'])(
    'contains the host %s',
    (host) => expect(allowed.hasHost(host)).toBe(true),
  );

  test.each(['a.vault.internal', 'svc.internal', 'asvc.internal', 'internal', ''])(
    'does not contain the host %j',
    (host) => expect(allowed.hasHost(host)).toBe(false),
  );

  test('may be empty', () => {
    expect(parseAllowedTargets(' , ').hasHost('')).toBe(false);
  });

  test('is rejected with a line per invalid entry', () => {
    expect(() =>
      parseAllowedTargets(
        '10.0.0.0/33 good.internal https://a.internal a.internal:80 10.0/8 a..%zz ::/129 *',
      ),
    ).toThrow(
      ['10.0.0.0/33', 'https://a.internal', 'a.internal:80', '10.0/8', 'a..%zz', '::/129', '*']
        .map((entry) => `"${entry}" is not a CIDR block, an address or a host name`)
        .join('\n'),
    );
  });
});

describe('a target that stays blocked', () => {
  test.each([
    '169.254.0.0/16',
    '169.254.169.254',
    '169.254.8.0/24',
    'fe80::/10',
    'fe80::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '::ffff:169.254.169.254',
    'metadata.google.internal',
    'METADATA',
  ])('cannot be allowed: %s', (entry) => {
    expect(() => parseAllowedTargets(`10.0.0.0/8 ${entry}`)).toThrow(
      `"${entry}" is a link-local or metadata target, which stays blocked`,
    );
  });

  test.each([
    'https://169.254.169.254/',
    'https://169.254.1.1/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://100.100.100.200/',
    'https://[::ffff:169.254.1.1]/',
    'https://[64:ff9b::169.254.1.1]/',
    'https://[64:ff9b:1::169.254.169.254]/',
    'https://[2002:a9fe:a9fe::1]/',
    'https://[::169.254.169.254]/',
    'https://[::ffff:0:169.254.169.254]/',
    'https://[2001:4860::5efe:a9fe:a9fe]/',
    'https://metadata.google.internal/',
    'https://metadata/',
  ])('is blocked inside a larger block, below a domain and with private targets: %s', (url) => {
    const allowedTargets = parseAllowedTargets('0.0.0.0/0 ::/0 100.64.0.0/10 *.google.internal *.internal');
    for (const allowPrivateTargets of [false, true]) {
      expect(parseTarget(url, { allowedTargets, allowPrivateTargets }).ok).toBe(false);
      expect(parseTarget(url, { allowPrivateTargets }).ok).toBe(false);
    }
  });
});

describe('a target', () => {
  const rules = { allowedTargets: parseAllowedTargets('10.1.0.0/16 vault.internal') };

  test.each([
    ['https://vault.internal:9000/x', true], // a host is exempt with its port
    ['https://10.1.2.3:9000/x', true],
    ['https://0x0a010203/x', true],
    ['https://10.2.0.1/', false],
    ['https://other.internal/', false],
    ['https://example.com:9000/', false],
    ['http://vault.internal/', false], // https only, even for an allowed host
    ['https://user@vault.internal/', false],
  ])('%s is accepted with a list of allowed targets: %s', (url, ok) => {
    expect(parseTarget(url, rules).ok).toBe(ok);
  });

  test.each([
    ['https://hooks.example.com/', 'own_host'],
    ['https://HOOKS.example.com.:8443/', 'own_host'],
    ['https://api.example.com:8443/', 'own_host'],
    ['https://api.example.com/', undefined], // only its port 8443 is our own
    ['https://x.hooks.example.com/', undefined],
    ['https://8.8.8.8/', 'own_host'],
    ['https://[2606:4700::1]/', 'own_host'],
  ])('%s, where some hosts are our own, is rejected by the rule %s', (url, rule) => {
    const ownHosts = parseOwnHosts(
      'hooks.example.com, api.example.com:8443, 8.8.8.8, [2606:4700::1]:443',
    ).hosts;
    const parsed = parseTarget(url, { ownHosts });
    expect(parsed.ok ? undefined : parsed.rule).toBe(rule);
    // Neither exemption allows a request to our own hosts.
    const exempt = { ownHosts, allowedTargets: parseAllowedTargets('0.0.0.0/0 ::/0 *.example.com') };
    const parsedExempt = parseTarget(url, { ...exempt, allowPrivateTargets: true });
    expect(parsedExempt.ok ? undefined : parsedExempt.rule).toBe(rule);
  });

  test.each([
    ['http://127.0.0.1:4400/x', true],
    ['http://localhost:3000/', true],
    ['https://10.0.0.1:22/', true],
    ['http://receiver/', true],
    ['ftp://localhost/', false],
    ['http://user@localhost/', false],
    ['http://metadata.google.internal/', false],
    ['http://169.254.169.254/', false],
    ['http://a..b/', false],
  ])('%s is accepted if private targets are allowed: %s', (url, ok) => {
    expect(parseTarget(url, { allowPrivateTargets: true }).ok).toBe(ok);
  });

  test('may have another port if it is configured', () => {
    expect(parseTarget('https://example.com:9443/', { ports: [9443] }).ok).toBe(true);
    const parsed = parseTarget('https://example.com/', { ports: [9443, 9444] });
    expect(parsed).toMatchObject({ ok: false, why: 'has the port 443; use 9443 or 9444' });
  });
});
