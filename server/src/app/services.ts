import { createPing } from '../delivery/attempt/ping.ts';
import { renderPreview } from '../delivery/request/preview-body.ts';
import { createTargetPolicy } from '../delivery/ssrf/target-policy.ts';
import { createAccountService } from '../services/accounts/accounts.ts';
import { ApiKeyService } from '../services/accounts/api-keys.ts';
import { createAppService } from '../services/accounts/apps.ts';
import { gateRead, gateReads, ReadGate, readGateOptions } from '../services/authorization/read-gate.ts';
import { managementLimit, publishLimit, RateLimiter } from '../services/authorization/rate-limiter.ts';
import { createCancellation } from '../services/deliveries/cancel-deliveries.ts';
import { createDeliveryService } from '../services/deliveries/deliveries.ts';
import { createReplayService } from '../services/deliveries/replays.ts';
import { createEventService } from '../services/events/events.ts';
import { createExplain } from '../services/events/explain.ts';
import { EventIngester } from '../services/events/ingest.ts';
import { createPublish } from '../services/events/publish.ts';
import { logPublish } from '../services/events/publish-logging.ts';
import { tracePublish } from '../services/events/publish-tracing.ts';
import { LiveSubscriptions } from '../services/events/subscribe.ts';
import { createReconciliation, createSystemAudit } from '../services/system/reconciliation.ts';
import { createStats } from '../services/system/stats.ts';
import { createFindFailingWebhooks } from '../services/webhooks/failing-webhooks.ts';
import { createFindWebhook, type FindWebhook } from '../services/webhooks/find-webhook.ts';
import { createPreviewWebhook } from '../services/webhooks/preview-webhook.ts';
import { createTestWebhook } from '../services/webhooks/test-webhook.ts';
import { createWebhookViews, type WebhookViews } from '../services/webhooks/webhook-view.ts';
import { createWebhookService } from '../services/webhooks/webhooks.ts';
import type { Services } from '../transport/services.ts';
import type { Cleanup } from './cleanup.ts';
import type { Sending } from './engine.ts';
import type { Foundation } from './foundation.ts';
import { toRetentionMs } from './options.ts';

/** Creates the use cases that the transports call, and those that background jobs share with them. */
export async function createServices(foundation: Foundation, sending: Sending, cleanup: Cleanup) {
  const { options, stores, clock, access, audit, ids, webhookCache } = foundation;
  const { notifications, webhooks, health } = stores;
  const accountServices = await createAccountServices(foundation, cleanup);
  const { publish, ingester } = createPublishing(foundation, sending);
  notifications.subscribe({
    onWork: () => sending.engine.wake(),
    onConfigChange: (change) => {
      webhookCache.onConfigChange(change);
      if (change === undefined || change.collection === 'keys') accountServices.keys.forgetAll();
      if (change === undefined || change.collection === 'apps') access.forget(change?.id);
    },
  });

  const findWebhook = createFindWebhook({ webhooks, access });
  const views = createWebhookViews({ health, clock });
  const { cancellations, replays, reconciliation } = stores;
  const cancellation = createCancellation({ cancellations, access, audit, clock, findWebhook });
  const reconcile = createReconciliation({ reconciliation, clock, keepMs: toRetentionMs(options) });
  const gate = new ReadGate(readGateOptions);
  const { events, explain, subscriptions } = createEventServices(foundation);
  const services: Services = {
    access,
    audit: gateReads(gate, audit, ['list']),
    ...accountServices,
    ...createWebhookServices(foundation, sending, { findWebhook, views, cancellation }),
    events: gateReads(gate, events, ['list']),
    explain: gateRead(gate, explain),
    subscriptions,
    publish,
    cancellation: gateReads(gate, cancellation, ['cancel']),
    // Starting a replay counts its deliveries.
    replays: gateReads(gate, createReplayService({ replays, access, audit, ids, clock, findWebhook }), [
      'list',
      'start',
    ]),
    deliveries: gateReads(gate, createDeliveries(foundation, sending), ['list']),
    stats: gateRead(gate, createSystemStats(foundation, sending, views)),
    reconcile: gateRead(gate, createSystemAudit(access, reconcile)),
    limits: {
      management: new RateLimiter(managementLimit, () => clock.now()),
      publish: new RateLimiter(publishLimit, () => clock.now()),
    },
  };
  return { services, ingester, reconcile };
}

async function createAccountServices(foundation: Foundation, cleanup: Cleanup) {
  const { options, log, stores, clock, ids, access, audit, webhookCache } = foundation;
  const accounts = createAccountService({ accounts: stores.accounts, access, audit, ids, clock });
  await accounts.ensureDefault();
  const keys = new ApiKeyService({
    keys: stores.keys,
    accounts: stores.accounts,
    access,
    audit,
    ids,
    clock,
    log,
    rootToken: options.rootToken,
  });
  keys.start();
  cleanup.add(() => keys.stop());
  const apps = createAppService({
    apps: stores.apps,
    deletions: stores.appDeletions,
    accounts: stores.accounts,
    access,
    audit,
    ids,
    clock,
    onChanged: (appId) => {
      access.forget(appId);
      webhookCache.forget(appId);
    },
  });
  return { accounts, keys, apps };
}

function createPublishing(foundation: Foundation, { engine, activity }: Sending) {
  const { options, log, stores, clock, ids, access, metrics, webhookCache } = foundation;
  const { tracer } = options;
  const ingester = new EventIngester({
    events: stores.events,
    eagerDispatch: engine.eagerDispatch,
    notifications: stores.notifications,
    meter: metrics,
    activity,
    clock,
    log,
  });
  const publish = createPublish({ access, webhookCache, ingester, ids, clock });
  const logged = log.isLevelEnabled('debug') ? logPublish(publish, log) : publish;
  return { publish: tracer === undefined ? logged : tracePublish(logged, tracer), ingester };
}

function createWebhookServices(
  foundation: Foundation,
  sending: Sending,
  parts: {
    readonly findWebhook: FindWebhook;
    readonly views: WebhookViews;
    readonly cancellation: Services['cancellation'];
  },
): Pick<Services, 'webhooks' | 'testWebhook' | 'preview'> {
  const { options, stores, clock, ids, access, audit, webhookCache } = foundation;
  const { engine, healthTracker, sender, getRequestFactory, secretBox, targetRules } = sending;
  const { webhooks, deliveries, health, events, notifications } = stores;
  const { findWebhook, views, cancellation } = parts;
  const ping = createPing({
    sender,
    getRequestFactory,
    clock,
    deliveryTimeoutMs: options.DELIVERY_TIMEOUT_MS,
  });
  return {
    webhooks: createWebhookService({
      webhooks,
      deliveries,
      health,
      findWebhook,
      views,
      access,
      audit,
      targets: createTargetPolicy(targetRules),
      secretBox,
      ids,
      clock,
      cancelBacklog: cancellation.cancelBacklog,
      limits: { authforge: options.MAX_WEBHOOKS_PER_APP, others: options.MAX_WEBHOOKS_PER_APP * 10 },
      onChanged: ({ id, appId }, resetsHealth) => {
        webhookCache.forget(appId);
        if (resetsHealth) healthTracker.forget(id);
        notifications.notifyWork();
        engine.wake();
      },
    }),
    testWebhook: createTestWebhook({ events, deliveries, audit, ping, ids, clock }),
    preview: createPreviewWebhook({ access, render: renderPreview }),
  };
}

function createEventServices({ stores, access }: Foundation) {
  const { events, deliveries, webhooks, feed } = stores;
  return {
    events: createEventService({ events, access }),
    explain: createExplain({ events, deliveries, webhooks, access }),
    subscriptions: new LiveSubscriptions({ feed, access }),
  };
}

function createDeliveries({ stores, clock, access, audit }: Foundation, { engine }: Sending) {
  const { deliveries, webhooks, notifications } = stores;
  return createDeliveryService({
    deliveries,
    webhooks,
    access,
    audit,
    clock,
    wake: () => {
      engine.wake();
      notifications.notifyWork();
    },
  });
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
    findFailingWebhooks: createFindFailingWebhooks({ webhooks, health, views }),
  });
}
