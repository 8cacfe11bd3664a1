import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';

const readiness = async (app: TestApp) => {
  const { status, json } = await app.rest('GET', '/readyz', undefined, { token: null });
  return { status, json };
};

it('a process that sends says that its database, its indexes and its engine are there', async () => {
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

it('an index that somebody dropped is named, until the start of any process makes it anew', async () => {
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
