import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../server/src/config.ts';

const linesOf = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
  return [];
};

describe('the configuration', () => {
  it('has a default for every variable', () => {
    expect(readConfig({})).toMatchObject({
      PORT: 4400,
      HOST: '127.0.0.1',
      DATA_DIR: '.data',
      ROLE: 'all',
      DELIVERY_TIMEOUT_MS: 10_000,
      MAX_WEBHOOKS_PER_APP: 5,
      RETENTION_DAYS: 30,
      METRICS_PUBLIC: false,
      isProduction: false,
    });
    expect(readConfig({}).RETRY_SCHEDULE).toEqual(
      [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map((seconds) => seconds * 1_000),
    );
  });

  it('reads durations, lists, flags and keys', () => {
    const config = readConfig({
      RETRY_SCHEDULE: '500ms, 5s,2h',
      DISABLE_AFTER: '1h',
      ALLOW_PRIVATE_TARGETS: 'false',
      ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
    });
    expect(config.RETRY_SCHEDULE).toEqual([500, 5_000, 7_200_000]);
    expect(config.DISABLE_AFTER).toBe(3_600_000);
    expect(config.ALLOW_PRIVATE_TARGETS).toBe(false);
    expect(config.ENCRYPTION_KEY?.length).toBe(32);
  });

  it('treats an empty variable as not set', () => {
    const config = readConfig({ PORT: '', MONGODB_URI: '', RETENTION_DAYS: ' ' });
    expect([config.PORT, config.RETENTION_DAYS]).toEqual([4400, 30]);
    expect(config.MONGODB_URI).toBeUndefined();
  });

  it('reports every invalid variable on its own line, without secrets', () => {
    const lines = linesOf({
      PORT: 'abc',
      ROLE: 'boss',
      RETRY_SCHEDULE: '5s,soon',
      ENCRYPTION_KEY: 'c2VjcmV0',
      MONGODB_URI: 'http://x',
    });
    expect(new Set(lines.map((line) => line.split(':', 1)[0]))).toEqual(
      new Set(['ENCRYPTION_KEY', 'MONGODB_URI', 'PORT', 'RETRY_SCHEDULE', 'ROLE']),
    );
    expect(lines).toHaveLength(5);
    expect(lines.join('\n')).toContain('"soon" is not a duration');
    expect(lines.join('\n')).not.toContain('c2VjcmV0');
  });

  it('cuts a long value that a line repeats', () => {
    const long = 'x'.repeat(5_000);
    const names = ['PORT', 'ROLE', 'RETRY_SCHEDULE', 'DISABLE_AFTER', 'ALLOWED_PORTS'];
    const lines = linesOf(Object.fromEntries(names.map((name) => [name, long])));
    expect(new Set(lines.map((line) => line.split(':', 1)[0]))).toEqual(new Set(names));
    for (const line of lines) expect(line.length).toBeLessThan(200);
  });

  it('reports each invalid host and target on its own line', () => {
    expect(
      linesOf({ PUBLIC_HOSTS: 'a.test/x, b.test, c.test:0', ALLOWED_TARGETS: '169.254.0.0/16 10/8' }),
    ).toEqual([
      'ALLOWED_TARGETS: "169.254.0.0/16" is a link-local or metadata target, which stays blocked',
      'ALLOWED_TARGETS: "10/8" is not a CIDR block, an address or a host name',
      'PUBLIC_HOSTS: "a.test/x" has a path; write only the host',
      'PUBLIC_HOSTS: "c.test:0" has an invalid port; use 1 to 65535',
    ]);
  });

  it('requires both secrets in production', () => {
    expect(linesOf({ NODE_ENV: 'production' })).toEqual([
      'ROOT_TOKEN: is required when NODE_ENV is production',
      'ENCRYPTION_KEY: is required when NODE_ENV is production',
    ]);
  });
});

describe('the configuration of an OpenID Connect issuer', () => {
  const env = { OIDC_ISSUER: 'https://id.example/realms/shop', OIDC_AUDIENCE: 'tocsin, staging' };

  it('is off unless an issuer is set, and has defaults otherwise', () => {
    expect(readConfig({}).oidc).toBeUndefined();
    expect(readConfig(env).oidc).toEqual({
      verification: {
        issuer: 'https://id.example/realms/shop',
        audiences: ['tocsin', 'staging'],
        jwksUri: undefined,
        algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
        clockToleranceMs: 30_000,
      },
      claimNames: { account: 'tocsin_account', scopes: 'scope', app: 'tocsin_app', scopePrefix: '' },
    });
  });

  it('accepts plain http on loopback only', () => {
    for (const OIDC_ISSUER of ['http://127.0.0.1:9000', 'http://localhost:9000/x', 'http://[::1]:9000'])
      expect(linesOf({ ...env, OIDC_ISSUER })).toEqual([]);
    for (const OIDC_ISSUER of [
      'http://id.example',
      'http://127.0.0.1.id.example',
      'ftp://id.example',
      'id.example',
    ])
      expect(linesOf({ ...env, OIDC_ISSUER })).toEqual([
        'OIDC_ISSUER: must be an https: URL without user and password; http: is only allowed for loopback',
      ]);
  });

  it.each([
    [{ OIDC_ISSUER: 'https://id.example/?tenant=a' }, 'OIDC_ISSUER: must have no query and no fragment'],
    [
      { OIDC_ISSUER: 'https://user:pass@id.example' },
      'OIDC_ISSUER: must be an https: URL without user and password; http: is only allowed for loopback',
    ],
    [
      { OIDC_JWKS_URI: 'http://id.example/keys' },
      'OIDC_JWKS_URI: must be an https: URL without user and password; http: is only allowed for loopback',
    ],
    [{ OIDC_AUDIENCE: ' , ' }, 'OIDC_AUDIENCE: must name at least one audience'],
    [{ OIDC_CLOCK_TOLERANCE: '6m' }, 'OIDC_CLOCK_TOLERANCE: must be at most 5m'],
  ])('rejects %j', (change, line) => {
    expect(linesOf({ ...env, ...change })).toEqual([line]);
  });

  it.each(['HS256', 'none', 'RS256,HS512', 'RSA1_5', ','])('rejects the algorithm %s', (OIDC_ALGORITHMS) => {
    const [line] = linesOf({ ...env, OIDC_ALGORITHMS });
    expect(line).toMatch(/^OIDC_ALGORITHMS: ".*" is not one of RS256, .*; separate them with commas$/);
  });

  it('rejects an issuer without an audience, and settings without an issuer', () => {
    expect(linesOf({ OIDC_ISSUER: env.OIDC_ISSUER })).toEqual([
      'OIDC_AUDIENCE: is required with OIDC_ISSUER',
    ]);
    expect(linesOf({ OIDC_AUDIENCE: 'tocsin', OIDC_SCOPE_PREFIX: 'tocsin:' })).toEqual([
      'OIDC_AUDIENCE: is only allowed together with OIDC_ISSUER',
      'OIDC_SCOPE_PREFIX: is only allowed together with OIDC_ISSUER',
    ]);
  });
});

describe('OUTBOUND_PROXY', () => {
  it.each([
    [
      'http://proxy.test:3128',
      { protocol: 'http:', host: 'proxy.test', port: 3128, authorization: undefined },
    ],
    ['http://proxy.test', { protocol: 'http:', host: 'proxy.test', port: 80, authorization: undefined }],
    [
      'https://[2001:db8::1]/',
      { protocol: 'https:', host: '2001:db8::1', port: 443, authorization: undefined },
    ],
    // Basic bWU6YSBi is "me:a b".
    [
      'http://me:a%20b@10.0.0.1:80',
      { protocol: 'http:', host: '10.0.0.1', port: 80, authorization: 'Basic bWU6YSBi' },
    ],
  ])('is read from %s', (text, proxy) => {
    expect(readConfig({ OUTBOUND_PROXY: text }).OUTBOUND_PROXY).toEqual(proxy);
  });

  it.each([
    'socks5://me:s3cret@proxy.test',
    'http://me:s3cret@proxy.test/path',
    'http://me:s3cret@proxy.test?a=b',
    'http://me:s3cret%zz@proxy.test',
    'me:s3cret@proxy.test:3128',
  ])('is rejected as %s, without its password in the message', (text) => {
    const read = () => readConfig({ OUTBOUND_PROXY: text });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/^OUTBOUND_PROXY: (?!.*s3cret)/);
  });

  it('has exceptions, which are rejected without it', () => {
    const OUTBOUND_PROXY_EXCEPT = '10.0.0.0/8';
    expect(() => readConfig({ OUTBOUND_PROXY_EXCEPT })).toThrow(/only allowed together with OUTBOUND_PROXY/);
    expect(() => readConfig({ OUTBOUND_PROXY: 'http://p.test', OUTBOUND_PROXY_EXCEPT: '10/8' })).toThrow(
      /OUTBOUND_PROXY_EXCEPT: "10\/8" is not/,
    );
    expect(readConfig({ OUTBOUND_PROXY: 'http://p.test', OUTBOUND_PROXY_EXCEPT })).toMatchObject({
      OUTBOUND_PROXY_EXCEPT,
    });
  });
});
