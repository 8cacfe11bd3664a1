import { beforeAll, expect, it } from 'vitest';
import { readClientPair } from '../../support/client-pair.ts';
import { useTestApp } from '../../support/fixtures.ts';

const app = useTestApp();
const url = 'http://127.0.0.1:9/hook';
const shown = { subject: 'O=Tocsin tests, CN=client a', expiresAt: '2120-01-01T00:00:00.000Z' };
let appId = '';

beforeAll(async () => {
  appId = await app.createApp();
});

const create = (clientCertificate?: object | null) =>
  app.call('webhooks.create', { appId, url, events: ['user.login'], clientCertificate });

it('shows a client certificate by its description, and never its key', async () => {
  const pair = readClientPair('a');
  const created = await create(pair);
  const { key } = await app.createKey({ scopes: ['webhooks:read'] });
  const answers = [
    created,
    await app.call('webhooks.get', { id: created.id }),
    await app.call('webhooks.get', { id: created.id }, { token: key }),
    (await app.call('webhooks.list', { appId })).items.at(-1),
    await app.call('webhooks.update', { id: created.id, description: 'd' }),
    await app.call('webhooks.rotateSecret', { id: created.id }),
  ];
  for (const answer of answers) expect(answer?.clientCertificate).toMatchObject(shown);
  const stored = await app.db.collection('webhooks').findOne({ description: 'd' });
  const keyText = pair.privateKey.split('\n')[1] ?? '';
  expect(keyText).toHaveLength(64);
  const audit = await app.call('auditLog.list', {});
  expect(JSON.stringify([answers, stored, audit])).not.toContain(keyText);
  expect(JSON.stringify([answers, stored])).not.toContain('BEGIN');
  expect(stored?.['clientCertificate']).toMatchObject({ subject: shown.subject });
});

it('has none without one, replaces it and removes it', async () => {
  const { id, clientCertificate } = await create();
  expect(clientCertificate).toBeNull();
  const update = async (change: object) =>
    (await app.call('webhooks.update', { id, ...change })).clientCertificate;
  expect(await update({ clientCertificate: readClientPair('a') })).toMatchObject(shown);
  expect(await update({ clientCertificate: readClientPair('b') })).toMatchObject({
    subject: 'O=Tocsin tests, CN=client b',
  });
  expect(await update({ url: `${url}/other` })).not.toBeNull();
  expect(await update({ clientCertificate: null })).toBeNull();
});

it('drops the certificate when the URL gets another origin, unless it is given again', async () => {
  const { id } = await create(readClientPair('a'));
  const moved = await app.call('webhooks.update', { id, url: 'http://127.0.0.2:9/hook' });
  expect(moved).toMatchObject({ clientCertificate: null, droppedClientCertificate: true });
  const given = await app.call('webhooks.update', {
    id,
    url,
    clientCertificate: readClientPair('b'),
  });
  expect(given.clientCertificate).not.toBeNull();
  expect(given).not.toHaveProperty('droppedClientCertificate');
});
