import { HealthTracker } from '../delivery/attempt/health-tracker.ts';
import { DeliveryEngine } from '../delivery/engine.ts';
import { HostResolver } from '../delivery/dns/host-resolver.ts';
import { createHttpSender } from '../delivery/http/http-sender.ts';
import { getLimits } from '../delivery/request/limits.ts';
import type { ProxyOptions } from '../delivery/http/outbound-proxy.ts';
import { createRequestFactories } from '../delivery/request/request-factories.ts';
import { parseAllowedTargets } from '../delivery/ssrf/allowed-targets.ts';
import { findPublicHost } from '../delivery/ssrf/own-hosts.ts';
import { toDeliveryMarker } from '../domain/delivery-marker.ts';
import { toPartition } from '../domain/partition.ts';
import type { FindServicePause } from '../domain/ports/destination-limits.ts';
import { ActivityLog } from '../services/system/activity.ts';
import { createDeliveryState } from '../services/system/delivery-state.ts';
import { cancelAllPending } from '../services/webhooks/cancel-all-pending.ts';
import { createDisableWebhook } from '../services/webhooks/disable-webhook.ts';
import { createSecretBox } from '../services/webhooks/secret-box.ts';
import type { DestinationLimits } from '../delivery/limits/destination-limits.ts';
import { LookupMetrics } from '../telemetry/lookup-metrics.ts';
import { SendingMetrics } from '../telemetry/sending-metrics.ts';
import { DescriptorLimit } from '../transport/http/descriptor-limit.ts';
import type { Cleanup } from './cleanup.ts';
import { createDestinationLimits } from './destination-limits.ts';
import type { Foundation } from './foundation.ts';
import { engineLimits, type AppOptions } from './options.ts';
import { sendsDeliveries } from './ownership.ts';
import { logSendingLimits, toSendingLimits, type SendingLimits } from './sending-limits.ts';

/** Creates the engine and what it sends with. Does not start the engine. */
export function createSending(foundation: Foundation, cleanup: Cleanup) {
  const { options, log, stores, ownership, clock, audit, webhookCache, metrics } = foundation;
  const { webhooks, deliveries, indexes } = stores;
  const destinationLimits = createDestinationLimits(foundation, cleanup);
  const limits = readSendingLimits(options);
  const http = createHttp(foundation, destinationLimits, limits);
  cleanup.add(() => http.sender.close());
  const getEpoch = (webhookId: string) => ownership.getEpoch(toPartition(webhookId));
  const healthTracker = new HealthTracker({ store: stores.health, clock, log, getEpoch });
  const activity = new ActivityLog({
    store: stores.activity,
    processId: stores.createProcessId(),
    clock,
    log,
  });
  activity.start();
  cleanup.add(() => activity.stop());
  const engine = new DeliveryEngine({
    queue: stores.queue,
    ownership,
    notifications: stores.notifications,
    webhookCache,
    sender: http.sender,
    getRequestFactory: http.getRequestFactory,
    health: healthTracker,
    clock,
    log,
    meter: metrics,
    activity,
    tracer: options.tracer,
    sendsTraceparent: options.SEND_TRACEPARENT ?? true,
    retryPolicy: { scheduleMs: options.RETRY_SCHEDULE, random: Math.random },
    limits: {
      ...limits.engine,
      deliveryTimeoutMs: options.DELIVERY_TIMEOUT_MS,
      disableAfterMs: options.DISABLE_AFTER,
    },
    cancelDeleted: (webhookId) => cancelAllPending(stores.deliveries, webhookId, clock.now()),
    getEpoch,
    disable: createDisableWebhook({ webhooks, webhookCache, audit, clock, log }),
  });
  const isHeld = options.DELIVERY_HOLD ?? false;
  const sends = sendsDeliveries(options);
  if (isHeld) log.warn({}, 'DELIVERY_HOLD is set: events are accepted, sending and retention are paused');
  if (options.allowPrivateTargets) {
    log.warn(
      {},
      'private targets are allowed: webhooks can call loopback and private addresses (SSRF guard off)',
    );
  }
  metrics.setHeld(isHeld);
  metrics.watchEngine(() => engine.stats);
  metrics.watchQueue(() => deliveries.getQueueState({ excludedAppIds: [] }, clock.now()), clock);
  const deliveryState = createDeliveryState({ isHeld, sends, indexes });
  const findServicePause: FindServicePause = (webhook, now) => {
    const pausedUntil = getLimits(webhook, http.getRequestFactory).service?.pausedUntil;
    return pausedUntil !== undefined && pausedUntil > now ? pausedUntil : undefined;
  };
  return {
    ...http,
    destinationLimits,
    findServicePause,
    engine,
    healthTracker,
    activity,
    sends,
    deliveryState,
  };
}

export type Sending = ReturnType<typeof createSending>;

/** Callers may take half of the descriptors (`ConnectionGuard`), and receivers share the rest. */
function readSendingLimits(options: AppOptions): SendingLimits {
  const wanted = { ...engineLimits, ...options.engineLimits };
  const descriptors = new DescriptorLimit().read();
  const callers = Math.min(
    options.MAX_CONNECTIONS,
    Math.floor((descriptors ?? Number.POSITIVE_INFINITY) / 2),
  );
  const limits = toSendingLimits(wanted, descriptors, callers);
  if (sendsDeliveries(options)) logSendingLimits(limits, wanted, descriptors, options.log);
  return limits;
}

/** Requests and the SSRF guard that both the engine and the services apply. */
function createHttp(
  { options, stores, metrics }: Foundation,
  destinationLimits: DestinationLimits,
  limits: SendingLimits,
) {
  const secretBox = createSecretBox(options.encryptionKey, options.ENCRYPTION_KEY_PREVIOUS);
  const resolver = new HostResolver({
    servers: options.DNS_SERVERS,
    meter: new LookupMetrics(metrics.registry),
  });
  const targetRules = {
    resolver: resolver.resolve,
    allowPrivateTargets: options.allowPrivateTargets,
    allowedTargets: parseAllowedTargets(options.ALLOWED_TARGETS),
    ports: options.ALLOWED_PORTS,
    ownHosts: options.PUBLIC_HOSTS,
  };
  return {
    secretBox,
    targetRules,
    getRequestFactory: createRequestFactories({
      secretBox,
      destinationLimits,
      publicHost: findPublicHost(options.PUBLIC_HOSTS),
      marker: toDeliveryMarker(stores.installationId),
    }),
    sender: createHttpSender({
      ...targetRules,
      outboundProxy: toProxyOptions(options),
      maxConnections: limits.maxConnections,
      maxConnectionsPerPool: limits.maxConnectionsPerPool,
      log: options.log,
      meter: new SendingMetrics(metrics.registry),
    }),
  };
}

/** The tunnel gets half of the time of an attempt, so that a hanging proxy and a hanging receiver differ in their reason. */
function toProxyOptions(options: AppOptions): ProxyOptions | undefined {
  const { OUTBOUND_PROXY: proxy, log } = options;
  if (proxy === undefined) return undefined;
  log.info({ host: proxy.host, port: proxy.port }, 'requests to receivers go through a proxy');
  return {
    proxy,
    except: parseAllowedTargets(options.OUTBOUND_PROXY_EXCEPT ?? ''),
    timeoutMs: Math.min(5_000, options.DELIVERY_TIMEOUT_MS / 2),
  };
}
