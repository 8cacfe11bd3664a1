import { expect, it } from 'vitest';
import type { AgePosition } from '../../server/src/domain/ports/page-request.ts';
import { MongoAccountStore } from '../../server/src/store/mongo/accounts/account-store.ts';
import { MongoApiKeyStore } from '../../server/src/store/mongo/accounts/api-key-store.ts';
import { MongoAppStore } from '../../server/src/store/mongo/accounts/app-store.ts';
import { MongoSearchWordsStore } from '../../server/src/store/mongo/accounts/search-words-store.ts';
import { MongoSessionStore } from '../../server/src/store/mongo/accounts/session-store.ts';
import { toAppDoc } from '../../server/src/store/mongo/documents/account.ts';
import { MongoIncidentStore } from '../../server/src/store/mongo/incidents/incident-store.ts';
import { MongoAuditLog } from '../../server/src/store/mongo/system/audit-log.ts';
import { MongoEndpointHealthStore } from '../../server/src/store/mongo/webhooks/endpoint-health-store.ts';
import { MongoTestTurnStore } from '../../server/src/store/mongo/webhooks/test-turn-store.ts';
import { MongoWebhookListStore } from '../../server/src/store/mongo/webhooks/webhook-list-store.ts';
import { MongoWebhookStore } from '../../server/src/store/mongo/webhooks/webhook-store.ts';
import { aWebhook } from '../support/builders.ts';
import { clearDatabase } from '../support/clear-database.ts';
import { useDatabase } from '../support/fixtures.ts';
import { incidentContract } from './incident-contract.ts';
import { accessContract } from './access-contract.ts';
import { auditContract } from './audit-contract.ts';
import { configContract, expectRevisions } from './config-contract.ts';
import { searchContract } from './search-contract.ts';

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

function openSearch() {
  const { collections } = connection;
  return Promise.resolve({
    accounts: new MongoAccountStore(collections),
    apps: new MongoAppStore(collections),
    keys: new MongoApiKeyStore(collections),
    webhooks: new MongoWebhookStore(collections),
    webhookLists: new MongoWebhookListStore(collections),
    searchWords: new MongoSearchWordsStore(collections),
    [Symbol.asyncDispose]: () => clearDatabase(connection),
  });
}

searchContract('MongoDB', openSearch);

it('gives words to accounts, apps and keys of an older release, in batches', async () => {
  await using h = await openSearch();
  const { accounts, apps } = connection.collections;
  await accounts.insertOne({ _id: 'acc_old', name: 'Acme', createdAt: new Date() });
  await apps.insertMany(
    ['app_1', 'app_2'].map((_id) => ({ _id, accountId: 'acc_old', name: 'Shop', createdAt: new Date() })),
  );
  const page = { after: undefined, limit: 9 };
  expect((await h.apps.list({ terms: ['shop'] }, page)).items).toEqual([]);
  expect([await h.searchWords.fillWords(2), await h.searchWords.fillWords(2)]).toEqual([2, 1]);
  expect(await h.searchWords.fillWords(2)).toBe(0);
  expect((await h.apps.list({ terms: ['shop'] }, page)).items).toHaveLength(2);
  expect((await h.accounts.list({ terms: ['acme'] }, page)).items).toHaveLength(1);
});

it('compares a common term with the list in its order, and finds all matches in pages', async () => {
  await using h = await openSearch();
  const { apps } = connection.collections;
  const ids = Array.from({ length: 2_500 }, (_, n) => `app_${n}`);
  await apps.insertMany(
    ids.map((id, n) =>
      toAppDoc({ id, accountId: 'acc_a', name: n % 50 === 0 ? 'Shop rare' : 'Shop', createdAt: n >> 3 }),
    ),
  );
  const find = async (terms: readonly string[]) => {
    const found: string[] = [];
    let after: AgePosition | undefined;
    do {
      const filter = { accountId: 'acc_a', terms };
      const page = await h.apps.list(filter, { after, limit: 200 });
      found.push(...page.items.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);
    return found;
  };
  expect(await find(['app_'])).toHaveLength(2_500);
  expect(await find(['shop', 'app_'])).toHaveLength(2_500);
  expect(await find(['shop', 'r'])).toHaveLength(50);
  const counted = await h.apps.list({ terms: ['app_'] }, { after: undefined, limit: 1, withTotal: true });
  expect(counted.total).toBe(2_500);
  const common = { after: undefined, limit: 1, withTotal: true };
  expect((await h.apps.list({ terms: ['shop', 'r'] }, common)).total).toBe(50);
  expect((await h.apps.list({ terms: ['shop', 'app_'] }, common)).total).toBeNull();
});

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
