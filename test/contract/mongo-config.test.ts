import { expect, it } from 'vitest';
import { MongoAccountStore } from '../../server/src/store/mongo/accounts/account-store.ts';
import { MongoApiKeyStore } from '../../server/src/store/mongo/accounts/api-key-store.ts';
import { MongoAppStore } from '../../server/src/store/mongo/accounts/app-store.ts';
import { MongoSessionStore } from '../../server/src/store/mongo/accounts/session-store.ts';
import { MongoIncidentStore } from '../../server/src/store/mongo/incidents/incident-store.ts';
import { MongoAuditLog } from '../../server/src/store/mongo/system/audit-log.ts';
import { MongoEndpointHealthStore } from '../../server/src/store/mongo/webhooks/endpoint-health-store.ts';
import { MongoTestTurnStore } from '../../server/src/store/mongo/webhooks/test-turn-store.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { aWebhook } from '../support/builders.ts';
import { clearDatabase, useDatabase } from '../support/fixtures.ts';
import { incidentContract } from './incident-contract.ts';
import { accessContract } from './access-contract.ts';
import { auditContract } from './audit-contract.ts';
import { configContract, expectRevisions } from './config-contract.ts';

const connection = useDatabase('config');

function open() {
  const { collections } = connection;
  return Promise.resolve({
    webhooks: new MongoWebhookStore(collections),
    health: new MongoEndpointHealthStore(collections),
    testTurns: new MongoTestTurnStore(collections),
    keys: new MongoApiKeyStore(collections),
    countNotified: () => collections.notifications.countDocuments(),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  });
}

configContract('MongoDB', open);

accessContract('MongoDB', () => {
  const { collections } = connection;
  return Promise.resolve({
    accounts: new MongoAccountStore(collections),
    apps: new MongoAppStore(collections),
    keys: new MongoApiKeyStore(collections),
    sessions: new MongoSessionStore(collections),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  });
});

auditContract('MongoDB', () =>
  Promise.resolve({
    auditLog: new MongoAuditLog(connection.db, connection.collections),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  }),
);

incidentContract('MongoDB', () =>
  Promise.resolve({
    incidents: new MongoIncidentStore(connection.collections),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  }),
);

it('webhooks from before client certificates have none', async () => {
  await using h = await open();
  const webhook = aWebhook({
    clientCertificate: { sealed: 'v1.00000000.pair', subject: 'CN=a', expiresAt: 9, fingerprint: 'AB:CD' },
  });
  await h.webhooks.insert(webhook, 5);
  const { webhooks } = connection.collections;
  await webhooks.updateOne({ _id: webhook.id }, { $unset: { clientCertificate: 1 } });
  expect((await h.webhooks.get(webhook.id))?.clientCertificate).toBeNull();
});

it('webhooks from before revisions have the revision 0, and are changed and deleted only at it', async () => {
  await using h = await open();
  const webhook = aWebhook();
  await h.webhooks.insert(webhook, 5);
  const { webhooks } = connection.collections;
  await webhooks.updateOne({ _id: webhook.id }, { $unset: { revision: 1 } });
  await expectRevisions(h.webhooks, { ...webhook, revision: 0 });
});
