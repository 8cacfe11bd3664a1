import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';

const readiness = async (app: TestApp) => {
  const { status, json } = await app.rest('GET', '/readyz', undefined, { token: null });
  return { status, json };
};

it('a worker reports its database, its indexes and its engine as ready', async () => {
  await using app = await startTestApp();
  expect(await readiness(app)).toEqual({
    status: 200,
    json: { status: 'ready', checks: { database: 'ok', engine: 'ok', delivery: 'ok', indexes: 'ok' } },
  });
});

it('a process that does not send is ready without an engine', async () => {
  await using app = await startTestApp({ env: { ROLE: 'api' } });
  expect(await readiness(app)).toEqual({
    status: 200,
    json: { status: 'ready', checks: { database: 'ok', engine: 'ok', delivery: 'elsewhere', indexes: 'ok' } },
  });
});

it('a dropped index is reported until the next start of a process builds it', async () => {
  const database = `test_${randomBytes(8).toString('hex')}`;
  await using app = await startTestApp({ database });
  await app.db.collection('events').dropIndex('idempotency');
  expect(await readiness(app)).toEqual({
    status: 503,
    json: {
      status: 'not_ready',
      checks: { database: 'ok', engine: 'ok', delivery: 'ok', indexes: 'missing' },
      indexes: [{ index: 'events.idempotency', state: 'missing', percent: null }],
    },
  });
  await using _another = await startTestApp({ database });
  expect((await readiness(app)).status).toBe(200);
});
