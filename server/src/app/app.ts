import type { FastifyInstance } from 'fastify';
import { createSmtpMailer } from '../delivery/alerts/smtp-mailer.ts';
import { realTimers } from '../delivery/scheduling/real-timers.ts';
import type { Mailer } from '../domain/ports/mailer.ts';
import { CachedValidators } from '../json-schema/cached-validators.ts';
import { WorkerChecker } from '../json-schema/worker-checker.ts';
import { OidcVerifier } from '../oidc/oidc-verifier.ts';
import { createIds } from '../services/common/ids.ts';
import { createHttpApp } from '../transport/http-app.ts';
import { ClientMetrics } from '../telemetry/client-metrics.ts';
import { DestinationLimitMetrics } from '../telemetry/destination-limit-metrics.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { FeedMetrics } from '../telemetry/feed-metrics.ts';
import { SubscriptionMetrics } from '../telemetry/subscription-metrics.ts';
import { createMetricsAccess } from '../transport/routes/metrics-access.ts';
import type { Services } from '../transport/services.ts';
import { startBackgroundJobs } from './background-jobs.ts';
import { Cleanup } from './cleanup.ts';
import { createDemoReceiver } from './demo.ts';
import { createHttpTransport } from './http-transport.ts';
import { openMongoStores } from './mongo-stores.ts';
import type { AppOptions, PlatformOptions } from './options.ts';
import { findOwnProcess } from './own-process.ts';
import { createPlatform } from './platform.ts';
import type { PlatformParts } from './platform-parts.ts';
import type { Stores } from './stores.ts';

export interface App extends AsyncDisposable {
  readonly http: FastifyInstance;
  /** For the app that a first start creates. */
  readonly services: Pick<Services, 'accounts' | 'apps'>;
  /**
   * Graceful shutdown: accepts no new work, finishes open requests and attempts, writes their results and
   * hands over its partitions.
   */
  close(): Promise<void>;
}

/**
 * The composition root: the only file that knows all parts. Parts are built in the order of their
 * dependencies and closed in the reverse order.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const cleanup = new Cleanup();
  const close = () => cleanup.run();
  try {
    const { stores, connection, indexes, notifications } = await openMongoStores(options, cleanup);
    const metrics = new Metrics();
    const platform = await createPlatform(
      toPlatformOptions(options),
      createParts(options, stores, metrics),
      cleanup,
    );
    const { foundation, sending, services } = platform;
    let isReady = false;
    const http = await createHttpApp({
      log: options.log,
      isProduction: options.isProduction ?? false,
      servesApi: options.ROLE !== 'worker',
      trustProxy: options.TRUST_PROXY,
      limits: {
        connections: options.MAX_CONNECTIONS,
        connectionsPerAddress: options.MAX_CONNECTIONS_PER_ADDRESS,
      },
      meter: metrics,
      clients: new ClientMetrics(metrics.registry, {
        onVersion: (version) => options.log.info({ version }, 'first call of this version of the client'),
      }),
      tracer: options.tracer,
      demo: createDemoReceiver(options, foundation, sending),
      services,
      health: {
        ping: () => connection.ping(),
        isReady: () => isReady,
        delivery: sending.deliveryState,
        indexes: () => indexes.status(),
        metricsText: () => metrics.registry.metrics(),
        canReadMetrics: createMetricsAccess(options),
        keys: services.keys,
      },
    });
    const { engine, sends } = sending;
    notifications.start(platform.getNotificationGapMs);
    await platform.start();
    if (sends) {
      startBackgroundJobs(foundation, sending, platform.jobs, cleanup);
      indexes.whenReadyToSend(() => engine.start());
    }
    cleanup.add(async () => {
      // First, so that a finished index build does not start the engine during shutdown.
      indexes.stop();
      await platform.stop();
    });
    cleanup.add(async () => {
      isReady = false;
      await http.close();
    });
    isReady = true;
    return { http, services, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function createMailer({ SMTP_URL: url, SMTP_FROM: from, SMTP_TLS }: AppOptions): Mailer | undefined {
  if (url === undefined || from === undefined) return undefined;
  return createSmtpMailer({ url, from, requiresTls: SMTP_TLS !== 'off' });
}

function toPlatformOptions(options: AppOptions): PlatformOptions {
  return { ...options, invalidRequests: options.engineLimits?.invalidRequests };
}

function createParts(options: AppOptions, stores: Stores, metrics: Metrics): PlatformParts {
  const { log, oidc } = options;
  return {
    stores,
    log,
    timers: realTimers,
    ids: createIds(),
    random: Math.random,
    instruments: {
      meter: metrics,
      destinationLimits: new DestinationLimitMetrics(metrics.registry),
      feed: new FeedMetrics(metrics.registry),
      subscriptions: new SubscriptionMetrics(metrics.registry),
    },
    ...createHttpTransport(options, metrics.registry),
    mailer: createMailer(options),
    self: findOwnProcess(),
    validators: new CachedValidators(),
    checker: new WorkerChecker(),
    tokenVerifier:
      oidc === undefined ? undefined : new OidcVerifier(oidc.verification, { clock: stores.clock, log }),
  };
}
