import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../../support/app.ts';
import { runCli, type CliRun } from '../../support/cli-process.ts';
import { useTempFolder } from '../../support/temp-folder.ts';

const folder = useTempFolder();

/** Starts a server that cannot start. */
const start = async (env: Readonly<Record<string, string>>): Promise<CliRun> =>
  await runCli('server/src/main.ts', [], { env: { LOG_LEVEL: 'info', ...env } });

describe('a server that cannot start exits with 1 and says why in one sentence', () => {
  const other = createServer();
  const runs: Record<'port' | 'file' | 'setting', CliRun | undefined> = {
    port: undefined,
    file: undefined,
    setting: undefined,
  };
  const getPort = () => (other.address() as AddressInfo).port; // a listening TCP server has one

  // At the same time, because each takes seconds to load.
  beforeAll(async () => {
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    await writeFile(join(folder.path, 'file'), '');
    [runs.port, runs.file, runs.setting] = await Promise.all([
      start({ PORT: String(getPort()), DATA_DIR: join(folder.path, 'port') }),
      start({ PORT: '0', DATA_DIR: join(folder.path, 'file') }),
      start({ PORT: 'abc', MONGO_URI: 'mongodb://u:planted@h' }),
    ]);
  });

  afterAll(() => other.close());

  it('a port in use, before it starts a database', async () => {
    expect([runs.port?.ended, runs.port?.output]).toEqual([
      1,
      `Tocsin cannot start: port ${getPort()} of 127.0.0.1 is in use by another process; stop it, or set another PORT\n`,
    ]);
    expect(await readdir(join(folder.path, 'port'))).toEqual([]);
  });

  it('a DATA_DIR that is a file', () => {
    const path = join(folder.path, 'file');
    expect([runs.file?.ended, runs.file?.output]).toEqual([
      1,
      `Tocsin cannot start: DATA_DIR ${path} is a file, or is below one; set DATA_DIR to a folder\n`,
    ]);
  });

  it('an invalid setting, after a warning of a misspelled one', () => {
    const [warning = '', ...rest] = runs.setting?.output.split('\n') ?? [];
    expect(JSON.parse(warning)).toMatchObject({
      level: 40,
      variable: 'MONGO_URI',
      msg: 'MONGO_URI is not a setting of Tocsin and is ignored; did you mean MONGODB_URI?',
    });
    const lines = ['Tocsin cannot start:', '  PORT: "abc" is not a whole number', ''];
    expect([runs.setting?.ended, rest]).toEqual([1, lines]);
  });
});

describe('ENCRYPTION_KEY', () => {
  it('must decrypt a webhook of the database, unless DELIVERY_HOLD is set', async () => {
    const database = `test_${randomBytes(8).toString('hex')}`;
    const newKey = () => randomBytes(32).toString('base64');
    const right = newKey();
    {
      await using first = await startTestApp({ database, env: { ENCRYPTION_KEY: right } });
      const url = 'http://127.0.0.1:9/';
      await first.call('webhooks.create', { appId: await first.createApp(), url, events: ['user.login'] });
    }
    const startWith = async (env: Readonly<Record<string, string>>) => {
      await using app = await startTestApp({ database, env });
      return (await app.rest('GET', '/healthz')).status;
    };
    await expect(startWith({ ENCRYPTION_KEY: newKey() })).rejects.toThrow(
      'ENCRYPTION_KEY is not the key of this database: it decrypts no webhook; set the key',
    );
    expect(await startWith({ ENCRYPTION_KEY: newKey(), DELIVERY_HOLD: 'true' })).toBe(200);
    expect(await startWith({ ENCRYPTION_KEY: newKey(), ENCRYPTION_KEY_PREVIOUS: right })).toBe(200);
  });
});
