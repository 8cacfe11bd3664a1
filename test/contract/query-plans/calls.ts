import type { AuditFilter, EventFilter, ReplayFilter } from '@tocsin/shared';
import { noActivity } from '../../../server/src/domain/activity.ts';
import { toDeliveryId } from '../../../server/src/domain/ids.ts';
import type { VisibleOnly } from '../../../server/src/domain/ports/page-request.ts';
import type { AccountAuditFilter } from '../../../server/src/domain/ports/audit-log.ts';
import type { Replay } from '../../../server/src/domain/replay.ts';
import { MongoAccountStore } from '../../../server/src/store/mongo/accounts/account-store.ts';
import { MongoApiKeyStore } from '../../../server/src/store/mongo/accounts/api-key-store.ts';
import { MongoAppStore } from '../../../server/src/store/mongo/accounts/app-store.ts';
import { MongoChangeLog } from '../../../server/src/store/mongo/changes/change-log.ts';
import { MongoCancellationStore } from '../../../server/src/store/mongo/deliveries/cancellation-store.ts';
import { MongoReplayStore } from '../../../server/src/store/mongo/deliveries/replay-store.ts';
import { MongoIncidentStore } from '../../../server/src/store/mongo/incidents/incident-store.ts';
import { MongoRetentionStore } from '../../../server/src/store/mongo/deliveries/retention-store.ts';
import { MongoEventStore } from '../../../server/src/store/mongo/events/event-store.ts';
import { MongoEventTypeStore } from '../../../server/src/store/mongo/event-types/event-type-store.ts';
import { MongoSchemaStore } from '../../../server/src/store/mongo/schema/migrations/schema-store.ts';
import { MongoActivityStore } from '../../../server/src/store/mongo/system/activity-store.ts';
import { MongoAuditLog } from '../../../server/src/store/mongo/system/audit-log.ts';
import { MongoReconciliationStore } from '../../../server/src/store/mongo/system/reconciliation-store.ts';
import { MongoWebhookStore } from '../../../server/src/store/mongo/webhooks/webhook-store.ts';
import { anEvent, aWebhook } from '../../support/builders.ts';
import { anAuditEntry } from '../audit-contract.ts';
import { FakeClock } from '../../support/clock.ts';
import { createAlertCalls } from './alert-calls.ts';
import { createAppDeletionCalls } from './app-deletion-calls.ts';
import { createDeliveryCalls } from './delivery-calls.ts';
import { createEventTypeCalls } from './event-type-calls.ts';
import { combine, inPages, iso, visibilities, visibility } from './filter-values.ts';
import { createIncidentCalls } from './incident-calls.ts';
import { createFeedCalls } from './feed-calls.ts';
import { createLimitCalls } from './limit-calls.ts';
import { createOwnershipCalls } from './ownership-calls.ts';
import { createSearchCalls, inAgePages, searches } from './search-calls.ts';
import { createQueueCalls } from './queue-calls.ts';
import { createEndpointCalls } from './endpoint-calls.ts';
import { createSearchStoreCalls } from './search-store-calls.ts';
import type { CallsByStore, Database, StoreCalls } from './store-calls.ts';
import { ids, large, small, start, type Sample } from './sample-data.ts';

const eventFilters = combine<VisibleOnly<EventFilter>>({
  ...visibility,
  appId: visibility.appId,
  event: ['user.login', 'user.register', 'license.revoked'],
  since: [iso(2_000)],
  until: [iso(6_500)],
});

const replayFilters = combine<VisibleOnly<ReplayFilter>>({
  ...visibility,
  webhookId: [large.webhookId, small.webhookId],
});

const auditFilters = combine<AccountAuditFilter & AuditFilter>({
  accountId: [large.accountId, small.accountId],
  appId: [large.appId, small.appId],
  action: ['app.created', 'delivery.retried', 'key.revoked'],
  targetId: [large.webhookId],
  keyId: ['key_1'],
  actorKind: ['system'],
  since: [iso(100)],
  until: [iso(500)],
});

/** Calls of all stores, by the names of their classes. */
export function createStoreCalls(connection: Database, sample: Sample): CallsByStore {
  return {
    ...createEventCalls(connection, sample),
    ...createBulkCalls(connection, sample),
    ...createAccessCalls(connection),
    ...createSearchCalls(connection),
    ...createSystemCalls(connection),
  };
}

function createEventCalls({ collections }: Database, sample: Sample): CallsByStore {
  const events = new MongoEventStore(collections);
  const middle = sample.eventIds[1_000] ?? '';
  const ours = { appId: large.appId, accountId: large.accountId, targets: [large.webhookId] };
  const some = sample.eventIds.slice(0, 20);
  return {
    MongoEventStore: {
      insertMany: [
        () => events.insertMany([anEvent(ours), anEvent(ours)]),
        () => events.insertMany([anEvent({ ...ours, targets: [] })]),
        () => events.insertMany([anEvent({ ...ours, idempotencyKey: 'key-7' }), anEvent(ours)]),
      ],
      get: [() => events.get(middle), () => events.get('evt_unknown')],
      getMany: [() => events.getMany(some)],
      list: inPages(eventFilters, middle, (filter, page) => events.list(filter, page)),
    } satisfies StoreCalls<MongoEventStore>,
    ...createFeedCalls(collections, sample.eventIds),
    MongoSearchStore: createSearchStoreCalls(collections, middle),
    MongoEventTypeStore: createEventTypeCalls(new MongoEventTypeStore(collections)),
    MongoDeliveryStore: createDeliveryCalls(collections, sample),
    MongoDeliveryQueue: createQueueCalls(collections, sample),
  };
}

function createBulkCalls({ collections }: Database, sample: Sample): CallsByStore {
  const cancellations = new MongoCancellationStore(collections);
  const replays = new MongoReplayStore(collections);
  const retention = new MongoRetentionStore(collections);
  const reconciliation = new MongoReconciliationStore(collections);
  const { webhookId } = large;
  const pace = { burst: 200, perSecond: 200 };
  const replay: Replay = {
    id: ids.replay(start),
    appId: large.appId,
    accountId: large.accountId,
    webhookId,
    since: start,
    until: start + 3_000_000,
    deliveryStatus: 'failed',
    types: undefined,
    status: 'running',
    total: 0,
    done: 0,
    createdAt: start + 100_000_000,
    finishedAt: null,
  };
  const choices = combine<Parameters<MongoCancellationStore['count']>[0]>({
    webhookId: [],
    ids: [sample.eventIds.slice(0, 20).map((id) => toDeliveryId(id, 0))],
    since: [iso(5_000)],
    until: [iso(5_200)],
    events: [['user.login']],
    exceptEvents: [['license.created', 'invoice.*']],
  }).map((choice) => ({ ...choice, webhookId }));
  const some = sample.eventIds.slice(0, 20);
  const now = start + 100_000_000;
  return {
    MongoCancellationStore: {
      count: choices.map((choice) => () => cancellations.count(choice)),
      cancelSome: choices.map(
        (choice) => () => cancellations.cancelSome(choice, 'cancelled_by_user', now, 5),
      ),
    } satisfies StoreCalls<MongoCancellationStore>,
    MongoReplayStore: {
      insert: [() => replays.insert(replay)],
      count: [() => replays.count(replay), () => replays.count({ ...replay, types: ['user.login'] })],
      get: [() => replays.get(replay.id)],
      list: inPages(replayFilters, ids.replay(start + 300), (filter, page) => replays.list(filter, page)),
      requeueSome: [
        () => replays.requeueSome({ ...replay, epoch: 1, limit: 20 }, now),
        () => replays.requeueSome({ ...replay, types: ['license.created'], epoch: 1, limit: 20 }, now),
        () => replays.requeueSome({ ...replay, types: ['license.*'], epoch: 1, limit: 20 }, now),
      ],
      claimNext: [undefined, large.accountId].map(
        (afterAccountId) => () => replays.claimNext({ afterAccountId, now, leaseMs: 15_000, pace }),
      ),
      cancelForWebhook: [
        () => replays.cancelForWebhook({ id: small.webhookId, accountId: small.accountId }, now),
      ],
      restoreDelivered: [() => replays.restoreDelivered(small.webhookId, undefined, 100)],
      countRunning: [() => replays.countRunning(large.accountId)],
      cancel: [() => replays.cancel(replay.id, now)],
    } satisfies StoreCalls<MongoReplayStore>,
    MongoRetentionStore: {
      purgeEvents: [
        () => retention.purgeEvents(start + 1_500_000, undefined, 100),
        () => retention.purgeEvents(start + 1_500_000, ids.event(start + 1_000), 100),
      ],
      purgeDeliveries: [
        () => retention.purgeDeliveries(start + 1_500_000, undefined, 100),
        () => retention.purgeDeliveries(start + 2_000_000, toDeliveryId(ids.event(start + 1_000), 0), 100),
      ],
      purgeReplays: [() => retention.purgeReplays(start + 300, 100)],
    } satisfies StoreCalls<MongoRetentionStore>,
    MongoReconciliationStore: {
      readSlice: [
        () => reconciliation.readSlice(sample.eventIds[500] ?? '', now, { events: 100, deliveries: 100 }),
      ],
      getDeliveries: [() => reconciliation.getDeliveries(some.map((id) => toDeliveryId(id, 0)))],
      findDeletedApps: [() => reconciliation.findDeletedApps([large.appId, 'app_unknown'])],
      findExistingEvents: [() => reconciliation.findExistingEvents(some)],
      findPendingEvents: [() => reconciliation.findPendingEvents(some)],
      findStuckEntries: [() => reconciliation.findStuckEntries(now, 100)],
    } satisfies StoreCalls<MongoReconciliationStore>,
  };
}

function createAccessCalls({ collections }: Database): CallsByStore {
  const accounts = new MongoAccountStore(collections);
  const apps = new MongoAppStore(collections);
  const keys = new MongoApiKeyStore(collections);
  const webhooks = new MongoWebhookStore(collections);
  const { accountId, appId, webhookId } = large;
  const key = {
    id: ids.key(),
    accountId,
    appId: null,
    ancestorIds: [],
    previous: null,
    name: 'k',
    scopes: ['*' as const],
    hash: 'new',
    prefix: 'tsk_0',
    createdAt: start,
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
  };
  const own = aWebhook({ appId, accountId });
  const ofAccounts = combine<{ accountId?: string }>({ accountId: [accountId, small.accountId] });
  const sealed = {
    secret: own.secret,
    previousSecrets: [],
    url: own.url,
    headers: own.headers,
    clientCertificate: null,
  };
  return {
    MongoAccountStore: {
      insert: [() => accounts.insert({ id: ids.account(), name: 'a', createdAt: start })],
      get: [() => accounts.get(accountId)],
      getMany: [() => accounts.getMany([accountId, small.accountId])],
      setLimits: [() => accounts.setLimits(accountId, { webhooks: 100 })],
      list: inAgePages(searches([{}]), 'acc_m', (filter, page) => accounts.list(filter, page)),
    } satisfies StoreCalls<MongoAccountStore>,
    MongoAppStore: {
      insert: [() => apps.insert({ id: 'app_new', accountId, name: 'a', createdAt: start })],
      get: [() => apps.get(appId)],
      getMany: [() => apps.getMany([appId, small.appId])],
      listAfter: [() => apps.listAfter(undefined, 10), () => apps.listAfter(appId, 10)],
      list: inAgePages(searches(ofAccounts), 'app_m', (filter, page) => apps.list(filter, page)),
    } satisfies StoreCalls<MongoAppStore>,
    MongoAppDeletionStore: createAppDeletionCalls({ collections }),
    MongoApiKeyStore: {
      insert: [() => keys.insert(key, 10_000)],
      findByHash: [() => keys.findByHash(key.hash)],
      get: [() => keys.get(key.id)],
      list: inAgePages(searches(ofAccounts), 'key_8', (filter, page) => keys.list(filter, page)),
      rotate: [() => keys.rotate(key, { hash: 'newer', prefix: 'tsk_1', previous: null })],
      hasRevoked: [() => keys.hasRevoked([key.id, 'key_unknown'])],
      revoke: [() => keys.revoke(key.id, start)],
      touch: [() => keys.touch(new Map([[key.id, start]]))],
    } satisfies StoreCalls<MongoApiKeyStore>,
    MongoWebhookStore: {
      insert: [() => webhooks.insert(own, 100)],
      get: [() => webhooks.get(webhookId)],
      getMany: [() => webhooks.getMany([webhookId, small.webhookId])],
      listSome: [() => webhooks.listSome(appId, 10)],
      listVisible: visibilities.map((visible) => () => webhooks.listVisible(visible, 10)),
      listForApp: [
        () => webhooks.listForApp(appId),
        () => webhooks.listForApp(appId, null),
        () => webhooks.listForApp(appId, 'authforge'),
      ],
      listAfterApp: [() => webhooks.listAfterApp(undefined, 10), () => webhooks.listAfterApp(appId, 10)],
      listForApps: [() => webhooks.listForApps([appId, small.appId])],
      update: [
        () => webhooks.update(own, { description: 'x' }),
        () => webhooks.update(own, { enabled: true }, start),
        () => webhooks.update(own, { description: 'x' }, undefined, 1),
        () => webhooks.update(own, { description: 'x' }, undefined, 0),
      ],
      resetHealth: [
        () => webhooks.resetHealth(own.id, start),
        () => webhooks.resetHealth('wh_unknown', start),
      ],
      listSecrets: [() => webhooks.listSecrets(undefined, 10), () => webhooks.listSecrets('wh_5', 10)],
      swapSecrets: [() => webhooks.swapSecrets([{ id: own.id, from: sealed, to: sealed }])],
      disable: [
        () => webhooks.disable(own.id, 'failing_too_long', start, { failingSince: start, epoch: 0 }),
        () => webhooks.disable(own.id, 'by_user', start),
      ],
      delete: [() => webhooks.delete(own.id, 9), () => webhooks.delete(own.id)],
    } satisfies StoreCalls<MongoWebhookStore>,
    ...createEndpointCalls({ collections }, visibilities),
  };
}

function createSystemCalls({ db, collections }: Database): CallsByStore {
  const activity = new MongoActivityStore(collections);
  const auditLog = new MongoAuditLog(db, collections);
  const changes = new MongoChangeLog(collections);
  const schema = new MongoSchemaStore(collections, new FakeClock());
  const { accountId, appId } = large;
  return {
    MongoActivityStore: {
      save: [
        () =>
          activity.save([
            { id: 'p1:0:0', at: start, savedAt: start, apps: [{ accountId, appId, counts: noActivity() }] },
          ]),
      ],
      read: visibilities.map((visible) => () => activity.read(visible, start + 60 * 60_000)),
      listSaved: [() => activity.listSaved(start + 60 * 60_000)],
    } satisfies StoreCalls<MongoActivityStore>,
    MongoIncidentStore: createIncidentCalls(new MongoIncidentStore(collections), visibilities),
    MongoAuditLog: {
      setRetention: [() => auditLog.setRetention(400)],
      append: [() => auditLog.append(anAuditEntry(ids.audit(start), { accountId, appId }))],
      list: inPages(auditFilters, ids.audit(start + 300), (filter, page) => auditLog.list(filter, page)),
    } satisfies StoreCalls<MongoAuditLog>,
    ...createAlertCalls(collections),
    ...createLimitCalls(collections),
    ...createOwnershipCalls(collections),
    MongoChangeLog: {
      read: [() => changes.read(undefined), () => changes.read(0), () => changes.read(1_000)],
      isUnseen: [() => changes.isUnseen(1, 'p1')],
    } satisfies StoreCalls<MongoChangeLog>,
    MongoSchemaStore: {
      read: [() => schema.read()],
      acquire: [() => schema.acquire('h', 1_000)],
      renew: [() => schema.renew('h', 1_000)],
      requireVersion: [() => schema.requireVersion('h', 0)],
      advance: [() => schema.advance('h', { version: 1, name: 'x' })],
      release: [() => schema.release('h')],
    } satisfies StoreCalls<MongoSchemaStore>,
  };
}
