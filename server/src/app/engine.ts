import { HealthTracker } from '../delivery/attempt/health-tracker.ts';
import { DeliveryEngine } from '../delivery/engine.ts';
import { getLimits } from '../delivery/request/limits.ts';
import { createRequestFactories } from '../delivery/request/request-factories.ts';
import { toDeliveryMarker } from '../domain/delivery-marker.ts';
import { toPartition } from '../domain/partition.ts';
import type { FindServicePause } from '../domain/ports/destination-limits.ts';
import { IncidentLog } from '../services/incidents/incident-log.ts';
import { ActivityLog } from '../services/system/activity.ts';
import { createDeliveryState } from '../services/system/delivery-state.ts';
import { cancelAllPending } from '../services/webhooks/cancel-all-pending.ts';
import { createDisableWebhook } from '../services/webhooks/disable-webhook.ts';
import { createSecretBox } from '../services/webhooks/secret-box.ts';
import { WebhookActivityLog } from '../services/webhooks/webhook-activity-log.ts';
import type { Cleanup } from './cleanup.ts';
import { createDestinationLimits } from './destination-limits.ts';
import type { Foundation } from './foundation.ts';
import { sendsDeliveries } from './ownership.ts';

/** Creates the engine and what it sends with. Does not start the engine. */
export function createSending(foundation: Foundation, cleanup: Cleanup) {
  const { options, parts, log, stores, ownership, clock, audit, webhookCache, meter } = foundation;
  const { webhooks, deliveries, indexes } = stores;
  const destinationLimits = createDestinationLimits(foundation, cleanup);
  const { sender, timers } = parts;
  const secretBox = createSecretBox(options.encryptionKey, options.ENCRYPTION_KEY_PREVIOUS);
  const getRequestFactory = createRequestFactories({
    secretBox,
    destinationLimits,
    publicHost: parts.publicHost,
    marker: toDeliveryMarker(stores.installationId),
  });
  cleanup.add(() => sender.close());
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
  const webhookActivity = new WebhookActivityLog({ store: stores.webhookActivity, clock, log });
  webhookActivity.start();
  cleanup.add(() => webhookActivity.stop());
  const incidents = new IncidentLog({ store: stores.incidents, log });
  incidents.start();
  cleanup.add(() => incidents.stop());
  const engine = new DeliveryEngine({
    queue: stores.queue,
    ownership,
    notifications: stores.notifications,
    webhookCache,
    sender,
    getRequestFactory,
    health: healthTracker,
    clock,
    log,
    meter,
    activity,
    webhookActivity,
    incidents,
    tracer: options.tracer,
    sendsTraceparent: options.SEND_TRACEPARENT ?? true,
    retryPolicy: { scheduleMs: options.RETRY_SCHEDULE, random: parts.random },
    limits: {
      ...parts.engineLimits,
      deliveryTimeoutMs: options.DELIVERY_TIMEOUT_MS,
      disableAfterMs: options.DISABLE_AFTER,
    },
    cancelDeleted: (webhookId) => cancelAllPending(stores.deliveries, webhookId, clock.now()),
    getEpoch,
    disable: createDisableWebhook({ webhooks, webhookCache, audit, clock, log }),
    timers,
  });
  const isHeld = options.DELIVERY_HOLD ?? false;
  const sends = sendsDeliveries(options);
  if (isHeld) log.warn({}, 'DELIVERY_HOLD is set: events are accepted, sending and retention are paused');
  meter.setHeld(isHeld);
  meter.watchEngine(() => engine.stats);
  meter.watchQueue(() => deliveries.getQueueState({ excludedAppIds: [] }, clock.now()), clock);
  const deliveryState = createDeliveryState({ isHeld, sends, indexes });
  const findServicePause: FindServicePause = (webhook, now) => {
    const pausedUntil = getLimits(webhook, getRequestFactory).service?.pausedUntil;
    return pausedUntil !== undefined && pausedUntil > now ? pausedUntil : undefined;
  };
  return {
    secretBox,
    getRequestFactory,
    destinationLimits,
    findServicePause,
    engine,
    healthTracker,
    activity,
    incidents,
    sends,
    deliveryState,
  };
}

export type Sending = ReturnType<typeof createSending>;
