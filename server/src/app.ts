import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { FastifyInstance } from 'fastify';
import type { DeliveryState } from '@tocsin/shared';
import { parseAllowedTargets } from './delivery/address/allowed-targets.ts';
import { createTargetPolicy } from './delivery/address/target-policy.ts';
import { DeliveryEngine } from './delivery/engine.ts';
import { HealthTracker } from './delivery/health-tracker.ts';
import { createPing } from './delivery/ping.ts';
import { createPreparer } from './delivery/prepared-webhook.ts';
import { renderPreview } from './delivery/preview.ts';
import { createHttpSender } from './delivery/sending/http-sender.ts';
import type { RunningProcess } from './domain/ports/processes.ts';
import { isAlive, pidSpace } from './pid-space.ts';
import { Acceptor } from './services/accept.ts';
import { ActivityLog } from './services/activity.ts';
import { AccessControl } from './services/access-control.ts';
import { createAccountService } from './services/accounts.ts';
import { ApiKeyService } from './services/api-keys.ts';
import { createAuditService } from './services/audit.ts';
import { createAppService } from './services/apps.ts';
import { createCancellation } from './services/cancel-deliveries.ts';
import { createConservationCheck, createSystemAudit } from './services/conservation.ts';
import { createConservationWatch, watchEveryMs } from './services/conservation-watch.ts';
import { createDeliveryService } from './services/deliveries.ts';
import { createEventService } from './services/events.ts';
import { createExplain } from './services/explain.ts';
import { createIds } from './services/ids.ts';
import { IndexBuilder } from './services/index-builder.ts';
import { migrate } from './services/migrate.ts';
import { logPublish } from './services/log-publish.ts';
import { createPreviewWebhook } from './services/preview.ts';
import { createPublish } from './services/publish.ts';
import { managementLimit, publishLimit, RateLimiter } from './services/rate-limiter.ts';
import { recoverDeadProcesses } from './services/recover-dead-processes.ts';
import { createReplayService, createReplayWork, replayPauseMs } from './services/replays.ts';
import { Periodic } from './services/periodic.ts';
import { createSweep, sweepEveryMs } from './services/retention.ts';
import { createSecretBox } from './services/secret-box.ts';
import { createStats } from './services/stats.ts';
import { createSubscribe } from './services/subscribe.ts';
import { createTestWebhook } from './services/test-webhook.ts';
import { tracePublish } from './services/trace-publish.ts';
import { CachedWebhookDirectory } from './services/webhook-directory.ts';
import { createWebhookService } from './services/webhooks.ts';
import { MongoAccountStore, MongoApiKeyStore, MongoAppStore } from './store/mongo/access-stores.ts';
import { MongoAuditLog } from './store/mongo/audit-log.ts';
import { MongoActivityStore } from './store/mongo/activity-store.ts';
import { Connection } from './store/mongo/connection.ts';
import { MongoDeliveryQueue } from './store/mongo/delivery-queue.ts';
import { MongoCancellationStore } from './store/mongo/cancellation-store.ts';
import { MongoDeliveryStore } from './store/mongo/delivery-store.ts';
import { MongoEndpointHealthStore } from './store/mongo/endpoint-health-store.ts';
import { MongoEventFeed } from './store/mongo/event-feed.ts';
import { MongoEventStore } from './store/mongo/event-store.ts';
import { MongoIndexStore } from './store/mongo/index-store.ts';
import { migrationsOn } from './store/mongo/migrations/list.ts';
import { MongoSchemaStore } from './store/mongo/migrations/schema-store.ts';
import { MongoLedgerStore } from './store/mongo/ledger-store.ts';
import { MongoProcessRegistry } from './store/mongo/process-registry.ts';
import { MongoReplayStore } from './store/mongo/replay-store.ts';
import { MongoRetentionStore } from './store/mongo/retention-store.ts';
import { MongoSignals } from './store/mongo/signals.ts';
import { sayingUnavailable } from './store/mongo/unavailable.ts';
import { MongoWebhookStore } from './store/mongo/webhook-store.ts';
import { Metrics } from './telemetry/metrics.ts';
import { createHttpApp } from './transport/http.ts';
import { engineLimits, type AppOptions } from './app-options.ts';

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
      migrations: migrationsOn({ db: connection.db, collections, log }),
      holder: owner,
      log,
    });
    const indexes = new IndexBuilder({ indexes: new MongoIndexStore(connection.db), log });
    closers.push(() => Promise.resolve(indexes.stop()));
    await indexes.start();
    const clock = options.clock ?? connection.clock;
    const ids = createIds();
    const metrics = new Metrics();

    const accounts = sayingUnavailable(new MongoAccountStore(collections));
    const apps = sayingUnavailable(new MongoAppStore(collections));
    const keys = sayingUnavailable(new MongoApiKeyStore(collections));
    const webhooks = sayingUnavailable(new MongoWebhookStore(connection.client, collections));
    const health = sayingUnavailable(new MongoEndpointHealthStore(collections));
    const events = sayingUnavailable(new MongoEventStore(collections));
    const deliveries = sayingUnavailable(new MongoDeliveryStore(collections));
    const queue = sayingUnavailable(new MongoDeliveryQueue(collections, clock));
    const replays = sayingUnavailable(new MongoReplayStore(collections));
    const registry = new MongoProcessRegistry(collections);
    const signals = new MongoSignals(connection.db, collections, log);
    closers.push(() => signals.close());

    const access = new AccessControl(apps);
    const storedAuditLog = new MongoAuditLog(connection.db, collections);
    await storedAuditLog.keepFor(options.AUDIT_RETENTION_DAYS ?? defaultAuditRetentionDays);
    const auditLog = sayingUnavailable(storedAuditLog);
    const audit = createAuditService({ auditLog, access, ids, clock, log });
    const directory = new CachedWebhookDirectory(webhooks);
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
    const prepare = createPreparer(secretBox, ownHosts[0]);
    const sender = createHttpSender(targetRules);
    closers.push(() => sender.close());
    const healthTracker = new HealthTracker(health, log);
    const activityStore = sayingUnavailable(new MongoActivityStore(collections));
    const activity = new ActivityLog(activityStore, clock, log);
    activity.start();
    closers.push(() => activity.stop());

    const engine = new DeliveryEngine({
      queue,
      directory,
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
          directory.forget(webhook.appId);
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
    metrics.watchQueue(() => deliveries.queue(undefined, clock.now()), clock);

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
        directory.forget(appId);
      },
    });
    const acceptor = new Acceptor({
      events,
      handOver: engine.handOver,
      signals,
      meter: metrics,
      activity,
      clock,
      log,
    });

    signals.subscribe({
      onWork: () => engine.wake(),
      onConfigChange: (change) => {
        directory.onConfigChange(change);
        if (change === undefined || change.collection === 'keys') keyService.forgetAll();
        if (change === undefined || change.collection === 'apps') access.forget(change?.id);
      },
    });

    const cancellation = createCancellation({
      cancellations: sayingUnavailable(new MongoCancellationStore(collections)),
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
        directory.forget(webhook.appId);
        if (restarted) healthTracker.forget(webhook.id);
        signals.workAvailable();
        engine.wake();
      },
    });

    const accept = createPublish({ access, directory, acceptor, ids, clock });
    const publish = log.isLevelEnabled('debug') ? logPublish(accept, log) : accept;
    const keepMs = options.RETENTION_DAYS * dayMs;
    const ledger = sayingUnavailable(new MongoLedgerStore(collections));
    const checkConservation = createConservationCheck({ ledger, clock, keepMs });
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
          indexes: sayingUnavailable({ status: () => indexes.status() }).status,
          failing: (appIds, limit) => webhookService.failing(appIds, limit),
        }),
        cancellation,
        checkConservation: createSystemAudit(access, checkConservation),
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
            signals.workAvailable();
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
      pidSpace: pidSpace(),
      pid: process.pid,
      role: options.ROLE,
      startedAt: clock.now(),
    };
    const recovered = await recoverDeadProcesses({ registry, queue, self, isAlive });
    if (recovered > 0) log.info({ recovered }, 'took back what a dead process left behind');
    await registry.register(self);
    closers.push(() => registry.remove(owner));

    signals.start();
    if (sends) {
      const sweep = createSweep({ store: new MongoRetentionStore(collections), clock, log, keepMs });
      const replayWork = createReplayWork({ replays, clock, log, wake: () => engine.wake() });
      const watch = createConservationWatch({
        check: checkConservation,
        clock,
        log,
        report: (found) => metrics.audited(found),
      });
      for (const work of [
        new Periodic({ everyMs: sweepEveryMs, run: async (signal) => void (await sweep(signal)) }),
        new Periodic({ everyMs: watchEveryMs, run: watch }),
        new Periodic({ everyMs: replayPauseMs, run: replayWork }),
      ]) {
        work.start();
        closers.push(() => work.stop());
      }
    }
    if (sends) indexes.whenReadyToSend(() => engine.start());
    closers.push(async () => {
      // First: an engine must not start because an index stands by now.
      indexes.stop();
      await acceptor.drain();
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
