import type { FastifyInstance } from 'fastify';
import { createHttpApp } from '../transport/http-app.ts';
import { ClientMetrics } from '../telemetry/client-metrics.ts';
import { createMetricsAccess } from '../transport/routes/metrics-access.ts';
import type { Services } from '../transport/services.ts';
import { startBackgroundJobs } from './background-jobs.ts';
import { Cleanup } from './cleanup.ts';
import { getNotificationGapMs } from '../delivery/scheduling/share-gap.ts';
import { createDemoReceiver } from './demo.ts';
import { createSending } from './engine.ts';
import { createFoundation } from './foundation.ts';
import type { AppOptions } from './options.ts';
import { createServices } from './services.ts';
import { idleListener } from './ownership.ts';
import { openStores } from './stores.ts';

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
    const stores = await openStores(options, cleanup);
    const foundation = createFoundation(options, stores);
    const sending = createSending(foundation, cleanup);
    const { services, ingester, reconcile, calls } = await createServices(foundation, sending, cleanup);
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
      meter: foundation.metrics,
      clients: new ClientMetrics(foundation.metrics.registry, {
        onVersion: (version) => options.log.info({ version }, 'first call of this version of the client'),
      }),
      demo: createDemoReceiver(options, foundation, sending),
      services,
      health: {
        ping: () => stores.connection.ping(),
        isReady: () => isReady,
        delivery: sending.deliveryState,
        indexes: () => stores.indexes.status(),
        metricsText: () => foundation.metrics.registry.metrics(),
        canReadMetrics: createMetricsAccess(options),
        keys: services.keys,
      },
    });
    const { engine, sends } = sending;
    const { ownership } = foundation;
    stores.notifications.start(() => getNotificationGapMs(ownership.owners.ownerCount));
    await sending.destinationLimits.load();
    await ownership.start(sends ? engine : idleListener);
    await foundation.changes.start();
    cleanup.add(() => foundation.changes.stop());
    if (sends) {
      startBackgroundJobs(foundation, sending, { reconcile, calls }, cleanup);
      stores.indexes.whenReadyToSend(() => engine.start());
    }
    cleanup.add(async () => {
      // First, so that a finished index build does not start the engine during shutdown.
      stores.indexes.stop();
      await ingester.drain();
      // The engine stops, and its partitions go to other processes as they become idle.
      await Promise.all([engine.stop(), ownership.stop()]);
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
