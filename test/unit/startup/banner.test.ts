import { expect, it } from 'vitest';
import { readConfig } from '../../../server/src/config.ts';
import type { Database } from '../../../server/src/database.ts';
import { toBanner } from '../../../server/src/startup/banner.ts';
import { isDemoOpen } from '../../../server/src/startup/demo-settings.ts';

const bannerFor = (
  env: Readonly<Record<string, string>>,
  database: Pick<Database, 'isEmbedded' | 'rootTokenPath'> = {
    isEmbedded: true,
    rootTokenPath: '.data/root-token',
  },
) => {
  const config = readConfig(env);
  return toBanner({
    config,
    database,
    port: 4400,
    isDemoOpen: isDemoOpen(config, database),
    demoAppId: 'app_demo',
  });
};

it.each([
  ['127.0.0.1', 'http://127.0.0.1:4400'],
  ['0.0.0.0', 'http://127.0.0.1:4400'],
  ['::', 'http://[::1]:4400'],
  ['::1', 'http://[::1]:4400'],
  ['localhost', 'http://localhost:4400'],
])('with HOST %s, the commands use %s', (HOST, url) => {
  const banner = bannerFor({ HOST });
  expect(banner).toContain(`running at ${url}   (role all`);
  expect(banner).toContain(`{"url":"${url}/demo","events":["user.login"]}`);
  expect(banner).toContain(`curl ${url}/demo`);
});

it.each([
  ['/a/root-token', '$(cat /a/root-token)'],
  ['/my data/root-token', "$(cat '/my data/root-token')"],
  ["/it's/root-token", String.raw`$(cat '/it'\''s/root-token')`],
  ['$(x)/root-token', "$(cat '$(x)/root-token')"],
  [undefined, 'Bearer $ROOT_TOKEN"'],
])('quotes the path %s of the root token for a POSIX shell', (rootTokenPath, text) => {
  expect(bannerFor({}, { isEmbedded: true, rootTokenPath })).toContain(text);
});

const secrets = {
  ROOT_TOKEN: 'root_token_of_the_tests',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
};

it.each([
  [true, 'with the embedded database', {}, true],
  [false, 'with a MongoDB of the operator', {}, false],
  [true, 'with a MongoDB and both settings', { DEMO_RECEIVER: 'true', ALLOW_PRIVATE_TARGETS: 'true' }, false],
  [false, 'with a MongoDB and the SSRF guard', { DEMO_RECEIVER: 'true' }, false],
  [false, 'with the SSRF guard', { ALLOW_PRIVATE_TARGETS: 'false' }, true],
  [false, 'when it is off', { DEMO_RECEIVER: 'false' }, true],
  [false, 'in production', { NODE_ENV: 'production', ALLOW_PRIVATE_TARGETS: 'true', ...secrets }, true],
  [false, 'in a process that does not send', { ROLE: 'api' }, true],
  [false, 'on another address', { HOST: '192.0.2.1' }, true],
])('the demo receiver is open: %s, %s', (isOpen, _name, env, isEmbedded) => {
  expect(isDemoOpen(readConfig(env), { isEmbedded })).toBe(isOpen);
});

it('refuses DEMO_RECEIVER in production', () => {
  expect(() => readConfig({ NODE_ENV: 'production', DEMO_RECEIVER: 'true', ...secrets })).toThrow(
    'DEMO_RECEIVER: is not allowed when NODE_ENV is production',
  );
});
