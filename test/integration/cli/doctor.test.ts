import { inject, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../../server/src/cli/doctor/findings.ts';
import { useTestApp } from '../../support/fixtures.ts';
import { Receiver } from '../../support/receiver.ts';
import { runCommandLineHere } from '../../support/run-command.ts';

const encryptionKey = Buffer.alloc(32, 7).toString('base64');
const app = useTestApp({ env: { ENCRYPTION_KEY: encryptionKey } });

async function examine(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<DoctorReport & { readonly ended: number | string }> {
  const run = await runCommandLineHere(['doctor', '--json', ...args], { env });
  // `as`: the documented form of the result.
  return { ended: run.ended, ...(JSON.parse(run.stdout) as DoctorReport) };
}

/** The environment of the server, whose own port is taken. */
const serverEnv = () => ({
  PORT: new URL(app.url).port,
  MONGODB_URI: inject('mongoUri').replace(/\/(\?|$)/, `/${app.database}$1`),
  ROOT_TOKEN: app.rootToken,
  ENCRYPTION_KEY: encryptionKey,
  ALLOW_PRIVATE_TARGETS: 'true',
});
const clientEnv = () => ({ TOCSIN_URL: app.url, TOCSIN_TOKEN: app.rootToken });

const failures = ({ findings }: DoctorReport) =>
  findings
    .filter(({ status }) => status !== 'ok')
    .map(({ check, status, message }) => `${status} ${check}: ${message}`);

const finding = (check: string, status: 'ok' | 'warn' | 'fail', message: RegExp) =>
  expect.objectContaining({ check, status, message: expect.stringMatching(message) as string }) as object;

describe('tocsin doctor', () => {
  it('finds nothing wrong with a sound installation, and changes nothing', async () => {
    await using receiver = await Receiver.start();
    const appId = await app.createApp();
    await app.call('webhooks.create', { appId, url: receiver.url, events: ['user.login'] });
    const before = await app.fingerprint();
    const report = await examine({ ...serverEnv(), ...clientEnv() });
    expect(failures(report)).toEqual([]);
    expect(report.findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(
        ['configuration', 'port', 'database', 'clock', 'schema', 'indexes', 'encryption key'].concat([
          'server',
          'readiness',
          'version',
          'key',
          'queue',
          'webhooks',
          'targets',
        ]),
      ),
    );
    expect(report).toMatchObject({ ended: 0, ok: true });
    expect([await app.fingerprint(), receiver.requests]).toEqual([before, []]);

    const probed = await examine({ ...serverEnv(), ...clientEnv() }, '--app', appId, '--probe');
    expect(probed.findings).toContainEqual(finding('probe', 'ok', /accepted a test ping: status 200/));
    expect(receiver.requests).toHaveLength(1);
    receiver.answerWith(500);
    const refused = await examine(clientEnv(), '--app', appId, '--probe');
    expect(refused).toMatchObject({ ended: 1, ok: false });
    expect(refused.findings).toContainEqual(
      finding('probe', 'fail', /status 500 .*: the endpoint returned an error status/),
    );
  });

  it('names each wrong setting with what to do', async () => {
    const report = await examine({ MONGODB_URI: 'http://x', ENCRYPTION_KEY: 'abc', MONGO_URI: 'x' });
    expect(report.ended).toBe(1);
    expect(failures(report)).toEqual([
      'warn configuration: MONGO_URI is not a setting of Tocsin and is ignored',
      'fail configuration: MONGODB_URI: must begin with mongodb:// or mongodb+srv://',
      expect.stringMatching(/^fail configuration: ENCRYPTION_KEY: must be 32 bytes/),
    ]);
    const away = await examine(
      {
        ...serverEnv(),
        MONGODB_URI: 'mongodb://u:secret_pw@127.0.0.1:9/?replicaSet=a',
      },
      '--timeout',
      '0.2',
    );
    expect(failures(away)).toEqual(['fail database: no MongoDB listens at 127.0.0.1:9']);
    expect(JSON.stringify(away)).not.toContain('secret_pw');
  });

  it('notices another encryption key, a missing index and a pending migration', async () => {
    const appId = await app.createApp();
    await app.call('webhooks.create', { appId, url: 'http://127.0.0.1:9/', events: ['user.login'] });
    await app.db.collection('events').dropIndex('open_by_partition');
    await app.db
      .collection<{ _id: string }>('schema')
      .updateOne({ _id: 'schema' }, { $inc: { version: -1 } });
    const other = Buffer.alloc(32, 9).toString('base64');
    const report = await examine({ ...serverEnv(), ENCRYPTION_KEY: other });
    expect(failures(report)).toEqual([
      expect.stringMatching(/^warn schema: 1 migration pending/),
      expect.stringMatching(/^fail indexes: events\.open_by_partition is missing/),
      expect.stringMatching(/^fail encryption key: ENCRYPTION_KEY is not the key of this database/),
    ]);
  });

  it('reports a server that is away or is none, a key that is not valid, and what a key cannot see', async () => {
    const away = await examine({ TOCSIN_URL: 'http://127.0.0.1:2' });
    expect(failures(away)).toEqual(['fail server: no server responds at http://127.0.0.1:2 (ECONNREFUSED)']);
    await using other = await Receiver.start();
    expect(failures(await examine({ TOCSIN_URL: other.url }))).toEqual([
      expect.stringMatching(/^fail server: .* is no Tocsin server \(status 200\)/),
    ]);
    const wrong = await examine({ ...clientEnv(), TOCSIN_TOKEN: 'tsk_of_nobody_at_all' });
    expect(wrong.findings).toContainEqual(finding('key', 'fail', /UNAUTHENTICATED/));
    const { key } = await app.createKey({ scopes: ['events:read'] });
    const limited = await examine({ ...clientEnv(), TOCSIN_TOKEN: key });
    expect(limited.findings).toEqual(
      expect.arrayContaining([
        finding('key', 'ok', /is a key of acc_default/),
        finding('queue', 'warn', /SCOPE_MISSING/),
        finding('webhooks', 'warn', /SCOPE_MISSING/),
      ]),
    );
  });

  it('names webhooks that are disabled, paused, or point to where nothing can be sent', async () => {
    const appId = await app.createApp();
    const create = async (url: string) =>
      (await app.call('webhooks.create', { appId, url, events: ['user.login'] })).id;
    const gone = await create('http://127.0.0.1:9/');
    const unresolved = await create('https://receiver.invalid/hook');
    await app.db
      .collection<{ _id: string }>('webhooks')
      .updateOne({ _id: gone }, { $set: { enabled: false, disabledReason: 'gone' } });
    const report = await examine(
      { ...serverEnv(), ...clientEnv(), ALLOW_PRIVATE_TARGETS: 'false' },
      '--app',
      appId,
    );
    expect(report.findings).toEqual(
      expect.arrayContaining([
        finding(
          'webhooks',
          'warn',
          new RegExp(`${gone} was disabled because the endpoint returned 410 Gone`),
        ),
        finding('targets', 'fail', new RegExp(`^${unresolved} at receiver.invalid: `)),
      ]),
    );
  });

  it('prints a line for each finding, in color only on a terminal', async () => {
    const plain = await runCommandLineHere(['doctor'], { env: { TOCSIN_URL: 'http://127.0.0.1:2' } });
    expect(plain.stdout).toMatch(/^ok {4}node: .*\nfail {2}server: .*\n {6}start it, .*\n2 checks: 1 failed/);
    const colored = await runCommandLineHere(['doctor'], {
      env: { TOCSIN_URL: 'http://127.0.0.1:2' },
      hasColors: true,
    });
    expect(colored.stdout).toContain('\u001b[31mfail\u001b[39m  server');
  });
});
