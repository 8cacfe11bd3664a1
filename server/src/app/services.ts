import { createPing } from '../delivery/attempt/ping.ts';
import { renderPreview } from '../delivery/request/preview-body.ts';
import { createAccountService } from '../services/accounts/accounts.ts';
import { ApiKeyService } from '../services/accounts/api-keys.ts';
import { createAppService } from '../services/accounts/apps.ts';
import { gateRead, gateReads, ReadGate, readGateOptions } from '../services/authorization/read-gate.ts';
import { SessionService } from '../services/accounts/sessions.ts';
import { TokenCallers } from '../services/accounts/token-callers.ts';
import { SignInLimiter } from '../services/authorization/sign-in-limiter.ts';
import { createCancellation } from '../services/deliveries/cancel-deliveries.ts';
import { createDeliveryService } from '../services/deliveries/deliveries.ts';
import { createReplayService } from '../services/deliveries/replays.ts';
import { createEventService } from '../services/events/events.ts';
import { createEventTypeService } from '../services/event-types/event-type-service.ts';
import { createExplain, createExplainMany } from '../services/events/explain.ts';
import { EventIngester } from '../services/events/ingest.ts';
import { createPublish } from '../services/events/publish.ts';
import { reportFaults } from '../services/events/publish-faults.ts';
import { logPublish } from '../services/events/publish-logging.ts';
import { tracePublish } from '../services/events/publish-tracing.ts';
import { createIdempotentCalls, type IdempotentCalls } from '../services/idempotency/idempotent-calls.ts';
import { createIncidentService } from '../services/incidents/incidents.ts';
import { createIncidentViews } from '../services/incidents/incident-views.ts';
import { createListUnhealthy, maxUnhealthy } from '../services/incidents/unhealthy-webhooks.ts';
import { createAccountUsage } from '../services/limits/account-usage.ts';
import type { Quotas } from '../services/limits/quotas.ts';
import { createFind } from '../services/search/find.ts';
import { withReadLimit } from '../services/search/read-limit.ts';
import { createTimeline } from '../services/search/timeline.ts';
import { createReconciliation, createSystemAudit } from '../services/system/reconciliation.ts';
import { createStats } from '../services/system/stats.ts';
import { createFindFailingWebhooks } from '../services/webhooks/failing-webhooks.ts';
import { createFindWebhook, type FindWebhook } from '../services/webhooks/find-webhook.ts';
import { createPreviewWebhook } from '../services/webhooks/preview-webhook.ts';
import { createReadBacklog } from '../services/webhooks/read-backlog.ts';
import { createSendSample } from '../services/webhooks/send-sample.ts';
import { createSendWaiting } from '../services/webhooks/send-waiting.ts';
import { TestTurns } from '../services/webhooks/test-turns.ts';
import { createTestWebhook } from '../services/webhooks/test-webhook.ts';
import { createWebhookList } from '../services/webhooks/webhook-list.ts';
import { createReadWebhookActivity } from '../services/webhooks/webhook-activity.ts';
import { createWebhookViews, type WebhookViews } from '../services/webhooks/webhook-view.ts';
import { createWebhookService } from '../services/webhooks/webhooks.ts';
import type { ConfigChange } from '../domain/ports/notifications.ts';
import type { Webhook } from '../domain/webhook.ts';
import type { Services } from '../transport/services.ts';
import { createAlerting } from './alerts.ts';
import type { Cleanup } from './cleanup.ts';
import { createLiveChanges } from './live-changes.ts';
import type { Sending } from './engine.ts';
import { createFeeds } from './feeds.ts';
import type { Foundation } from './foundation.ts';
import { createLimits, type Limits } from './limits.ts';
import { toRetentionMs } from './options.ts';

/** Creates the use cases that the transports call, and those that background jobs share with them. */
export async function createServices(foundation: Foundation, sending: Sending, cleanup: Cleanup) {
  const { options, stores, clock, access, audit, ids, webhookCache, eventTypes, documentedTypes } =
    foundation;
  const { webhooks, health, cancellations, replays, reconciliation } = stores;
  const limits = createLimits(foundation);
  const { quotas } = limits;
  const calls = createCalls(foundation, sending);
  const accountServices = await createAccountServices(foundation, limits, calls, cleanup);
  const { publish, ingester } = createPublishing(foundation, sending);
  const views = createWebhookViews({ health, secretBox: sending.secretBox, clock });
  const gate = new ReadGate(readGateOptions);
  const { events, explain, subscriptions, feed } = createEventServices(
    foundation,
    sending,
    { views, gate },
    cleanup,
  );
  const liveChanges = createLiveChanges(foundation, sending, cleanup);
  const onConfigChange = (change: ConfigChange | undefined) => {
    webhookCache.onConfigChange(change);
    sending.engine.onConfigChange(change);
    if (change?.resetsHealth === true) sending.healthTracker.forget(change.id);
    if (change === undefined || change.collection === 'keys') accountServices.keys.forget(change?.id);
    if (change === undefined || change.collection === 'sessions') accountServices.sessions.forgetAll();
    if (change === undefined || change.collection === 'apps') access.forget(change?.id);
    eventTypes.onConfigChange(change);
    documentedTypes.onConfigChange(change);
    if (change === undefined || change.collection === 'accounts') limits.accountLimits.forget(change?.id);
    // After the caches, so that it checks with new values.
    subscriptions.onConfigChange(change);
    feed.onConfigChange(change);
    liveChanges.onConfigChange(change);
  };
  followChanges(foundation, sending, onConfigChange);

  const findWebhook = createFindWebhook({ webhooks, access });
  const cancellation = createCancellation({ cancellations, access, audit, calls, clock, findWebhook });
  const keepMs = toRetentionMs(options);
  const alerting = createAlerting(foundation, sending, { publish, gate }, cleanup);
  const reconcile = createReconciliation({ reconciliation, clock, keepMs });
  const services: Services = {
    access,
    audit: gateReads(gate, audit, ['list']),
    ...accountServices,
    ...createWebhookServices(foundation, sending, { findWebhook, views, cancellation, quotas, calls, gate }),
    webhookLists: gateReads(gate, createWebhookList({ ...stores, access, views }), ['list', 'summaries']),
    events: gateReads(gate, events, ['list']),
    eventTypes: gateReads(gate, createEventTypes(foundation, cleanup, calls), ['list']),
    explain: gateRead(gate, explain),
    search: gateReads(gate, createSearch(foundation, sending, { views, findWebhook }), ['find', 'timeline']),
    subscriptions,
    liveChanges,
    feed,
    documentedTypes: {
      builtIn: documentedTypes.builtIn,
      list: gateRead(gate, (actor) => documentedTypes.list(actor)),
    },
    publish,
    cancellation: gateReads(gate, cancellation, ['cancel']),
    // Starting a replay counts its deliveries.
    replays: gateReads(
      gate,
      createReplayService({ replays, access, audit, quotas, calls, ids, clock, keepMs, findWebhook }),
      ['list', 'start'],
    ),
    deliveries: gateReads(gate, createDeliveries(foundation, sending, calls), ['list']),
    ...createIncidents(foundation, views, gate),
    stats: gateRead(gate, createSystemStats(foundation, sending, views)),
    reconcile: gateRead(gate, createSystemAudit(access, reconcile)),
    limits: limits.limits,
    accountUsage: gateReads(gate, createUsage(foundation, limits), ['get']),
    ...alerting.services,
    signIns: new SignInLimiter(() => clock.now()),
    readWithin: (deadline, work) => stores.readWithin(deadline, work),
  };
  return { services, ingester, reconcile, calls, monitor: alerting.monitor };
}

function followChanges(
  { stores, changes, webhookCache }: Foundation,
  { engine, healthTracker, sends }: Sending,
  onConfigChange: (change: ConfigChange | undefined) => void,
): void {
  changes.subscribe(onConfigChange);
  if (sends) webhookCache.onReadAhead((ids) => void healthTracker.prefetch(ids));
  stores.notifications.subscribe({
    onWork: (notice) => engine.onWork(notice),
    onConfigChange: (change) => {
      // Processes of older releases write notifications only.
      onConfigChange(change);
      changes.readSoon();
    },
  });
}

function createCalls({ stores, ids, clock, log }: Foundation, { secretBox }: Sending): IdempotentCalls {
  return createIdempotentCalls({ store: stores.idempotentCalls, secretBox, ids, clock, log });
}

async function createAccountServices(
  foundation: Foundation,
  { quotas }: Limits,
  calls: IdempotentCalls,
  cleanup: Cleanup,
) {
  const { options, log, stores, changes, clock, ids, access, audit, webhookCache } = foundation;
  const accounts = createAccountService({ accounts: stores.accounts, access, audit, calls, ids, clock });
  await accounts.ensureDefault();
  const keys = new ApiKeyService({
    keys: stores.keys,
    accounts: stores.accounts,
    access,
    audit,
    quotas,
    calls,
    ids,
    clock,
    log,
    cacheLease: changes,
    rootToken: options.rootToken,
    tokens: createTokenCallers(foundation),
  });
  keys.start();
  cleanup.add(() => keys.stop());
  const { rootToken, encryptionKey } = options;
  const sessions = new SessionService({ sessions: stores.sessions, keys, clock, rootToken, encryptionKey });
  const apps = createAppService({
    apps: stores.apps,
    deletions: stores.appDeletions,
    accounts: stores.accounts,
    access,
    audit,
    quotas,
    calls,
    ids,
    clock,
    onChanged: (appId) => {
      access.forget(appId);
      webhookCache.forget(appId);
    },
  });
  return { accounts, keys, sessions, apps };
}

function createTokenCallers({ options, parts, stores, clock }: Foundation): TokenCallers | undefined {
  const { tokenVerifier: verifier } = parts;
  if (options.oidc === undefined || verifier === undefined) return undefined;
  const { claimNames } = options.oidc;
  return new TokenCallers({ verifier, accounts: stores.accounts, clock, claimNames });
}

function createUsage({ stores, clock, access, audit }: Foundation, { accountLimits }: Limits) {
  const { accounts, accountCounts: counts, changes, budgets } = stores;
  return createAccountUsage({ accounts, counts, changes, budgets, accountLimits, access, audit, clock });
}

function createPublishing(foundation: Foundation, { engine, activity }: Sending) {
  const { options, log, stores, clock, ids, access, meter, webhookCache, eventTypes } = foundation;
  const { tracer } = options;
  const ingester = new EventIngester({
    events: stores.events,
    eagerDispatch: engine.eagerDispatch,
    owners: foundation.ownership.owners,
    meter,
    activity,
    log,
  });
  const publish = createPublish({ access, webhookCache, eventTypes, ingester, ids, clock, log });
  const logged = log.isLevelEnabled('debug') ? logPublish(publish, log) : publish;
  const traced = tracer === undefined ? logged : tracePublish(logged, tracer);
  // What is wrapped around `createPublish` can fail as well.
  return { publish: traced === publish ? publish : reportFaults(traced, log), ingester };
}

function createWebhookServices(
  foundation: Foundation,
  sending: Sending,
  parts: {
    readonly findWebhook: FindWebhook;
    readonly views: WebhookViews;
    readonly cancellation: Services['cancellation'];
    readonly quotas: Quotas;
    readonly calls: IdempotentCalls;
    readonly gate: ReadGate;
  },
): Pick<Services, 'webhooks' | 'testWebhook' | 'preview' | 'recovery' | 'readWebhookActivity'> {
  const { options, log, stores, clock, ids, access, audit, webhookCache, eventTypes } = foundation;
  const { engine, healthTracker, activity, getRequestFactory, secretBox } = sending;
  const { sender, targets } = foundation.parts;
  const { webhooks, deliveries, replays, events, testTurns, health, backlogs } = stores;
  const { findWebhook, views, cancellation, quotas, calls, gate } = parts;
  const ping = createPing({
    sender,
    getRequestFactory,
    clock,
    log,
    deliveryTimeoutMs: options.DELIVERY_TIMEOUT_MS,
  });
  const turns = new TestTurns(
    { endpoints: engine, store: testTurns, clock },
    { deliveryTimeoutMs: options.DELIVERY_TIMEOUT_MS },
  );
  const testWebhook = createTestWebhook({ events, deliveries, activity, audit, ping, turns, ids, clock });
  const onChanged = ({ id, appId }: Pick<Webhook, 'id' | 'appId'>, resetsHealth: boolean) => {
    webhookCache.forget(appId);
    if (resetsHealth) healthTracker.forget(id);
    engine.notifyDue(id);
  };
  return {
    webhooks: createWebhookService({
      webhooks,
      deliveries,
      replays,
      findWebhook,
      views,
      access,
      audit,
      quotas,
      calls,
      targets,
      eventTypes,
      secretBox,
      ids,
      clock,
      cancelBacklog: cancellation.cancelBacklog,
      cancelUnsubscribed: cancellation.cancelUnsubscribed,
      limits: { authforge: options.MAX_WEBHOOKS_PER_APP, others: options.MAX_WEBHOOKS_PER_APP * 10 },
      onChanged,
    }),
    testWebhook,
    recovery: {
      readBacklog: gateRead(gate, createReadBacklog({ backlogs, health, findWebhook, clock })),
      sendWaiting: createSendWaiting({
        webhooks,
        deliveries,
        backlogs,
        health,
        testWebhook,
        findWebhook,
        audit,
        clock,
        onResumed: onChanged,
      }),
      sendSample: createSendSample({ eventTypes, ping, turns, findWebhook, audit, ids, clock }),
    },
    readWebhookActivity: gateRead(
      gate,
      createReadWebhookActivity({ activity: stores.webhookActivity, findWebhook, clock }),
    ),
    preview: createPreviewWebhook({ access, eventTypes, render: renderPreview }),
  };
}

function createEventServices(
  foundation: Foundation,
  { findServicePause }: Sending,
  { views, gate }: { readonly views: WebhookViews; readonly gate: ReadGate },
  cleanup: Cleanup,
) {
  const { options, stores, access, clock, eventTypes } = foundation;
  const { events, deliveries, webhooks } = stores;
  return {
    events: createEventService({ events, eventTypes, access }),
    explain: createExplain({
      events,
      deliveries,
      webhooks,
      access,
      views,
      findServicePause,
      clock,
      keepMs: toRetentionMs(options),
    }),
    ...createFeeds(foundation, gate, cleanup),
  };
}

function createSearch(
  foundation: Foundation,
  { findServicePause }: Sending,
  { views, findWebhook }: { readonly views: WebhookViews; readonly findWebhook: FindWebhook },
): Services['search'] {
  const { options, stores, access, clock, eventTypes } = foundation;
  const { search, accounts, events, deliveries, webhooks, readWithin } = stores;
  const keepMs = toRetentionMs(options);
  const explainMany = createExplainMany({ deliveries, webhooks, views, findServicePause, clock, keepMs });
  return withReadLimit(readWithin, {
    find: createFind({ ...stores, access, eventTypes, views }),
    timeline: createTimeline({ search, events, accounts, eventTypes, access, findWebhook, explainMany }),
  });
}

function createEventTypes(foundation: Foundation, cleanup: Cleanup, calls: IdempotentCalls) {
  const { stores, commonTypes, access, audit, clock, parts, ...caches } = foundation;
  const { checker } = parts;
  cleanup.add(() => checker[Symbol.asyncDispose]());
  return createEventTypeService({
    common: commonTypes,
    store: stores.eventTypes,
    checker,
    access,
    audit,
    calls,
    clock,
    onChanged: (accountId) => {
      const change = { collection: 'eventTypes', id: accountId ?? '*', appId: undefined } as const;
      caches.eventTypes.onConfigChange(change);
      caches.documentedTypes.onConfigChange(change);
    },
  });
}

function createDeliveries(
  { options, stores, clock, access, audit, eventTypes }: Foundation,
  { engine, secretBox }: Sending,
  calls: IdempotentCalls,
) {
  const { deliveries, webhooks, events, reconciliation } = stores;
  return createDeliveryService({
    deliveries,
    webhooks,
    existing: reconciliation,
    secretBox,
    events,
    eventTypes,
    access,
    audit,
    calls,
    clock,
    notifyDue: engine.notifyDue,
    keepMs: toRetentionMs(options),
  });
}

function createIncidents(
  { stores, clock, access, audit }: Foundation,
  webhookViews: WebhookViews,
  gate: ReadGate,
) {
  const { incidents, webhooks, health, deliveries, activity } = stores;
  const views = createIncidentViews({ webhooks, health, deliveries, activity, webhookViews, clock });
  const service = createIncidentService({ incidents, views, access, audit, clock });
  const list = createListUnhealthy({ webhooks, health, deliveries, views: webhookViews, access });
  return {
    incidents: gateReads(gate, service, ['list', 'get', 'count']),
    listUnhealthy: gateRead(gate, list),
  };
}

function createSystemStats(foundation: Foundation, { deliveryState }: Sending, views: WebhookViews) {
  const { stores, clock, access } = foundation;
  const { activity, deliveries, webhooks, health, getIndexStatus } = stores;
  return createStats({
    activity,
    deliveries,
    access,
    clock,
    deliveryState,
    getIndexStatus,
    findUnhealthy: (visibility) => health.findUnhealthy(visibility, maxUnhealthy),
    findFailingWebhooks: createFindFailingWebhooks({ webhooks, health, views }),
  });
}
