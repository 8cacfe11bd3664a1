import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { FastifyInstance } from 'fastify';
import type { DeliveryState } from '@tocsin/shared';
import { parseAllowedTargets } from '../delivery/ssrf/allowed-targets.ts';
import { createTargetPolicy } from '../delivery/ssrf/target-policy.ts';
import { DeliveryEngine } from '../delivery/engine.ts';
import { HealthTracker } from '../delivery/attempt/health-tracker.ts';
import { createPing } from '../delivery/attempt/ping.ts';
import { createRequestFactories } from '../delivery/request/request-factories.ts';
import { renderPreview } from '../delivery/request/preview-body.ts';
import { createHttpSender } from '../delivery/http/http-sender.ts';
import type { RunningProcess } from '../domain/ports/process-registry.ts';
import { isAlive, pidNamespace } from '../pid-namespace.ts';
import { EventIngester } from '../services/events/ingest.ts';
import { ActivityLog } from '../services/system/activity.ts';
import { AccessControl } from '../services/authorization/access-control.ts';
import { createAccountService } from '../services/accounts/accounts.ts';
import { ApiKeyService } from '../services/accounts/api-keys.ts';
import { createAuditService } from '../services/audit/audit-log.ts';
import { createAppService } from '../services/accounts/apps.ts';
import { createCancellation } from '../services/deliveries/cancel-deliveries.ts';
import { createReconciliation, createSystemAudit } from '../services/system/reconciliation.ts';
import { createReconciliationJob, watchEveryMs } from '../services/system/reconciliation-job.ts';
import { createDeliveryService } from '../services/deliveries/deliveries.ts';
import { createEventService } from '../services/events/events.ts';
import { createExplain } from '../services/events/explain.ts';
import { createIds } from '../services/common/ids.ts';
import { IndexBuilder } from '../services/maintenance/index-builder.ts';
import { migrate } from '../services/maintenance/migrate.ts';
import { logPublish } from '../services/events/publish-logging.ts';
import { createPreviewWebhook } from '../services/webhooks/preview-webhook.ts';
import { createPublish } from '../services/events/publish.ts';
import { managementLimit, publishLimit, RateLimiter } from '../services/authorization/rate-limiter.ts';
import { recoverDeadProcesses } from '../services/maintenance/recover-dead-processes.ts';
import { createReplayService, createReplayWork, replayPauseMs } from '../services/deliveries/replays.ts';
import { PeriodicTask } from '../services/common/periodic-task.ts';
import { createSweep, sweepEveryMs } from '../services/maintenance/retention.ts';
import { createSecretBox } from '../services/webhooks/secret-box.ts';
import { createStats } from '../services/system/stats.ts';
import { createSubscribe } from '../services/events/subscribe.ts';
import { createTestWebhook } from '../services/webhooks/test-webhook.ts';
import { tracePublish } from '../services/events/publish-tracing.ts';
import { CachedWebhooks } from '../services/webhooks/webhook-cache.ts';
import { createWebhookService } from '../services/webhooks/webhooks.ts';
import { MongoAccountStore } from '../store/mongo/accounts/account-store.ts';
import { MongoApiKeyStore } from '../store/mongo/accounts/api-key-store.ts';
import { MongoAppStore } from '../store/mongo/accounts/app-store.ts';
import { MongoAuditLog } from '../store/mongo/system/audit-log.ts';
import { MongoActivityStore } from '../store/mongo/system/activity-store.ts';
import { Connection } from '../store/mongo/connection.ts';
import { MongoDeliveryQueue } from '../store/mongo/queue/delivery-queue.ts';
import { MongoCancellationStore } from '../store/mongo/deliveries/cancellation-store.ts';
import { MongoDeliveryStore } from '../store/mongo/deliveries/delivery-store.ts';
import { MongoEndpointHealthStore } from '../store/mongo/webhooks/endpoint-health-store.ts';
import { MongoEventFeed } from '../store/mongo/events/event-feed.ts';
import { MongoEventStore } from '../store/mongo/events/event-store.ts';
import { MongoIndexStore } from '../store/mongo/schema/index-store.ts';
import { bindMigrations } from '../store/mongo/schema/migrations/list.ts';
import { MongoSchemaStore } from '../store/mongo/schema/migrations/schema-store.ts';
import { MongoReconciliationStore } from '../store/mongo/system/reconciliation-store.ts';
import { MongoProcessRegistry } from '../store/mongo/notifications/process-registry.ts';
import { MongoReplayStore } from '../store/mongo/deliveries/replay-store.ts';
import { MongoRetentionStore } from '../store/mongo/deliveries/retention-store.ts';
import { MongoNotifications } from '../store/mongo/notifications/notifications.ts';
import { withUnavailableErrors } from '../store/mongo/driver/unavailable.ts';
import { MongoWebhookStore } from '../store/mongo/webhooks/webhook-store.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { createHttpApp } from '../transport/http-app.ts';
import { engineLimits, type AppOptions } from './options.ts';

export interface App extends AsyncDisposable {
  readonly http: FastifyInstance;
  /** For the app made on the first start. */
  readonly services: {
    readonly accounts: ReturnType<typeof createAccountService>;
    readonly apps: ReturnType<typeof createAppService>;
  };
  /** Drains: no new work, in-flight requests end, results are written, claims are given back. */
  close(): Promise<void>;
}

/** As in config.ts, for those that make an app by themselves. */
const defaultAuditRetentionDays = 400;

const dayMs = 24 * 60 * 60 * 1000;

/** The composition root: the only file that knows every part. Cleanup runs in the reverse order of making. */
export async function createApp(options: AppOptions): Promise<App> {
  const { log, tracer } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };

  try {
    const connection = await Connection.open({ uri: options.mongodbUri });
    closers.push(() => connection.close());
    const { collections } = connection;
    const owner = `p${randomBytes(8).toString('hex')}`;
    await migrate({
      schema: new MongoSchemaStore(collections, connection.clock),
      migrations: bindMigrations({ db: connection.db, collections, log }),
      holder: owner,
      log,
    });
    const indexes = new IndexBuilder({ indexes: new MongoIndexStore(connection.db), log });
    closers.push(() => Promise.resolve(indexes.stop()));
    await indexes.start();
    const clock = options.clock ?? connection.clock;
    const ids = createIds();
    const metrics = new Metrics();

    const accounts = withUnavailableErrors(new MongoAccountStore(collections));
    const apps = withUnavailableErrors(new MongoAppStore(collections));
    const keys = withUnavailableErrors(new MongoApiKeyStore(collections));
    const webhooks = withUnavailableErrors(new MongoWebhookStore(connection.client, collections));
    const health = withUnavailableErrors(new MongoEndpointHealthStore(collections));
    const events = withUnavailableErrors(new MongoEventStore(collections));
    const deliveries = withUnavailableErrors(new MongoDeliveryStore(collections));
    const queue = withUnavailableErrors(new MongoDeliveryQueue(collections, clock));
    const replays = withUnavailableErrors(new MongoReplayStore(collections));
    const registry = new MongoProcessRegistry(collections);
    const notifications = new MongoNotifications(connection.db, collections, log);
    closers.push(() => notifications.close());

    const access = new AccessControl(apps);
    const storedAuditLog = new MongoAuditLog(connection.db, collections);
    await storedAuditLog.setRetention(options.AUDIT_RETENTION_DAYS ?? defaultAuditRetentionDays);
    const auditLog = withUnavailableErrors(storedAuditLog);
    const audit = createAuditService({ auditLog, access, ids, clock, log });
    const webhookCache = new CachedWebhooks(webhooks);
    const secretBox = createSecretBox(options.encryptionKey, options.ENCRYPTION_KEY_PREVIOUS);
    const ownHosts = options.PUBLIC_HOSTS.split(',')
      .map((host) => host.trim())
      .filter((host) => host !== '');
    const targetRules = {
      allowPrivateTargets: options.allowPrivateTargets,
      allowedTargets: parseAllowedTargets(options.ALLOWED_TARGETS),
      ports: options.ALLOWED_PORTS,
      ownHosts,
    };
    const prepare = createRequestFactories(secretBox, ownHosts[0]);
    const sender = createHttpSender(targetRules);
    closers.push(() => sender.close());
    const healthTracker = new HealthTracker(health, log);
    const activityStore = withUnavailableErrors(new MongoActivityStore(collections));
    const activity = new ActivityLog(activityStore, clock, log);
    activity.start();
    closers.push(() => activity.stop());

    const engine = new DeliveryEngine({
      queue,
      webhookCache,
      sender,
      prepare,
      health: healthTracker,
      clock,
      log,
      meter: metrics,
      activity,
      tracer,
      owner,
      retryPolicy: { scheduleMs: options.RETRY_SCHEDULE, random: Math.random },
      limits: {
        ...engineLimits,
        deliveryTimeoutMs: options.DELIVERY_TIMEOUT_MS,
        disableAfterMs: options.DISABLE_AFTER,
      },
      disable: async (webhook, reason) => {
        try {
          if (!(await webhooks.disable(webhook.id, reason, clock.now()))) return;
          webhookCache.forget(webhook.appId);
          log.warn({ webhookId: webhook.id, appId: webhook.appId, reason }, 'webhook disabled');
          await audit.record('system', {
            action: 'webhook.disabled',
            appId: webhook.appId,
            targetId: webhook.id,
            details: { reason },
          });
        } catch (error) {
          log.error({ err: error, webhookId: webhook.id, reason }, 'a webhook could not be disabled');
        }
      },
    });
    const isHeld = options.DELIVERY_HOLD ?? false;
    const sends = options.ROLE !== 'api' && !isHeld;
    const deliveryState = (): DeliveryState => {
      if (isHeld) return 'held';
      if (!sends) return 'elsewhere';
      return indexes.isReadyToSend ? 'ok' : 'waiting_for_index';
    };
    if (isHeld) {
      log.warn({}, 'DELIVERY_HOLD: events are accepted and nothing is sent until this is started without it');
    }
    metrics.setHeld(isHeld);
    metrics.watchEngine(() => engine.stats);
    metrics.watchQueue(() => deliveries.getQueueState(undefined, clock.now()), clock);

    const accountService = createAccountService({ accounts, access, audit, ids, clock });
    await accountService.ensureDefault();
    const keyService = new ApiKeyService({
      keys,
      accounts,
      access,
      audit,
      ids,
      clock,
      log,
      rootToken: options.rootToken,
    });
    keyService.start();
    closers.push(() => keyService.stop());
    const appService = createAppService({
      apps,
      accounts,
      webhooks,
      deliveries,
      access,
      audit,
      ids,
      clock,
      onChanged: (appId) => {
        access.forget(appId);
        webhookCache.forget(appId);
      },
    });
    const ingester = new EventIngester({
      events,
      eagerDispatch: engine.eagerDispatch,
      notifications,
      meter: metrics,
      activity,
      clock,
      log,
    });

    notifications.subscribe({
      onWork: () => engine.wake(),
      onConfigChange: (change) => {
        webhookCache.onConfigChange(change);
        if (change === undefined || change.collection === 'keys') keyService.forgetAll();
        if (change === undefined || change.collection === 'apps') access.forget(change?.id);
      },
    });

    const cancellation = createCancellation({
      cancellations: withUnavailableErrors(new MongoCancellationStore(collections)),
      access,
      audit,
      clock,
      findWebhook: (actor, id, scope) => webhookService.find(actor, id, scope),
    });
    const webhookService = createWebhookService({
      webhooks,
      deliveries,
      health,
      access,
      audit,
      targets: createTargetPolicy(targetRules),
      secretBox,
      ids,
      clock,
      cancelBacklog: cancellation.cancelBacklog,
      limits: { authforge: options.MAX_WEBHOOKS_PER_APP, others: options.MAX_WEBHOOKS_PER_APP * 10 },
      onChanged: (webhook, restarted) => {
        webhookCache.forget(webhook.appId);
        if (restarted) healthTracker.forget(webhook.id);
        notifications.notifyWork();
        engine.wake();
      },
    });

    const accept = createPublish({ access, webhookCache, ingester, ids, clock });
    const publish = log.isLevelEnabled('debug') ? logPublish(accept, log) : accept;
    const keepMs = options.RETENTION_DAYS * dayMs;
    const reconciliation = withUnavailableErrors(new MongoReconciliationStore(collections));
    const reconcile = createReconciliation({ reconciliation, clock, keepMs });
    let isReady = false;
    const http = await createHttpApp({
      log,
      encryptionKey: options.encryptionKey,
      isProduction: options.isProduction ?? false,
      servesApi: options.ROLE !== 'worker',
      trustProxy: options.TRUST_PROXY,
      services: {
        access,
        accounts: accountService,
        audit,
        keys: keyService,
        apps: appService,
        webhooks: webhookService,
        testWebhook: createTestWebhook({
          events,
          deliveries,
          audit,
          ping: createPing({ sender, prepare, clock, deliveryTimeoutMs: options.DELIVERY_TIMEOUT_MS }),
          ids,
          clock,
        }),
        events: createEventService({ events, access }),
        stats: createStats({
          activity: activityStore,
          deliveries,
          access,
          clock,
          deliveryState,
          indexes: withUnavailableErrors({ status: () => indexes.status() }).status,
          failing: (appIds, limit) => webhookService.failing(appIds, limit),
        }),
        cancellation,
        reconcile: createSystemAudit(access, reconcile),
        replays: createReplayService({
          replays,
          access,
          audit,
          ids,
          clock,
          findWebhook: (actor, id, scope) => webhookService.find(actor, id, scope),
        }),
        explain: createExplain({ events, deliveries, webhooks, access }),
        preview: createPreviewWebhook({ access, render: renderPreview }),
        subscribe: createSubscribe({ feed: new MongoEventFeed(collections), access }),
        publish: tracer === undefined ? publish : tracePublish(publish, tracer),
        deliveries: createDeliveryService({
          deliveries,
          webhooks,
          access,
          audit,
          clock,
          wake: () => {
            engine.wake();
            notifications.notifyWork();
          },
        }),
        limits: {
          management: new RateLimiter(managementLimit, () => clock.now()),
          publish: new RateLimiter(publishLimit, () => clock.now()),
        },
      },
      health: {
        ping: () => connection.ping(),
        isReady: () => isReady,
        delivery: deliveryState,
        indexes: () => indexes.status(),
        metricsText: () => metrics.registry.metrics(),
        metricsArePublic: options.METRICS_PUBLIC,
        keys: keyService,
      },
    });

    const self: RunningProcess = {
      id: owner,
      host: hostname(),
      pidNamespace: pidNamespace(),
      pid: process.pid,
      role: options.ROLE,
      startedAt: clock.now(),
    };
    const recovered = await recoverDeadProcesses({ registry, queue, self, isAlive });
    if (recovered > 0) log.info({ recovered }, 'took back what a dead process left behind');
    await registry.register(self);
    closers.push(() => registry.remove(owner));

    notifications.start();
    if (sends) {
      const sweep = createSweep({ store: new MongoRetentionStore(collections), clock, log, keepMs });
      const replayWork = createReplayWork({ replays, clock, log, wake: () => engine.wake() });
      const watch = createReconciliationJob({
        check: reconcile,
        clock,
        log,
        report: (found) => metrics.audited(found),
      });
      for (const work of [
        new PeriodicTask({ everyMs: sweepEveryMs, run: async (signal) => void (await sweep(signal)) }),
        new PeriodicTask({ everyMs: watchEveryMs, run: watch }),
        new PeriodicTask({ everyMs: replayPauseMs, run: replayWork }),
      ]) {
        work.start();
        closers.push(() => work.stop());
      }
    }
    if (sends) indexes.whenReadyToSend(() => engine.start());
    closers.push(async () => {
      // First: an engine must not start because an index stands by now.
      indexes.stop();
      await ingester.drain();
      await engine.stop();
    });
    closers.push(async () => {
      isReady = false;
      await http.close();
    });
    isReady = true;
    return {
      http,
      services: { accounts: accountService, apps: appService },
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
