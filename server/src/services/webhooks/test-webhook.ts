import type { TestResult } from '@tocsin/shared';
import { getEventDefinition } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { toDeliveryId } from '../../domain/ids.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { ActivityRecorder } from '../../domain/ports/telemetry.ts';
import type { EventStore } from '../../domain/ports/event-store.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { PingEndpoint } from '../../domain/ports/sending.ts';
import { getTestEventType, type Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { toIso } from '../common/iso-time.ts';
import type { TestTurns } from './test-turns.ts';

export interface TestWebhookDeps {
  readonly events: EventStore;
  readonly deliveries: DeliveryStore;
  /** Test pings are in the lists, so the statistics count them. */
  readonly activity: ActivityRecorder;
  readonly ping: PingEndpoint;
  readonly turns: Pick<TestTurns, 'take'>;
  readonly audit: AuditService;
  readonly ids: Ids;
  readonly clock: Clock;
}

/**
 * Sends a test ping: one attempt, immediately, also to a disabled webhook. It counts against the limits of the
 * endpoint and does not affect its health. It is stored like any delivery, so that it appears in the lists of
 * deliveries.
 */
export function createTestWebhook(deps: TestWebhookDeps) {
  const sendTest = createSendTest(deps);
  return async function testWebhook(actor: Actor, webhook: Webhook): Promise<TestResult> {
    const turn = await deps.turns.take(webhook);
    try {
      return await sendTest(actor, webhook);
    } finally {
      await turn.end();
    }
  };
}

export type TestWebhook = ReturnType<typeof createTestWebhook>;

function createSendTest({ events, deliveries, activity, ping, audit, ids, clock }: TestWebhookDeps) {
  return async function sendTest(actor: Actor, webhook: Webhook): Promise<TestResult> {
    const type = getTestEventType(webhook.profile);
    const acceptedAt = clock.now();
    const event: AcceptedEvent = {
      id: ids.event(acceptedAt),
      appId: webhook.appId,
      accountId: webhook.accountId,
      type,
      timestamp: toIso(acceptedAt),
      dataText: JSON.stringify(toSampleData(type, webhook)),
      idempotencyKey: undefined,
      acceptedAt,
      // Without targets, no delivery is missing if the process ends before it stores the result.
      targets: [],
      traceparent: undefined,
    };
    await events.insertMany([event]);
    activity.recordAccepted(event, 1);
    const attempt = await ping(webhook, event);
    const isDelivered = attempt.reason === null;
    const deliveryId = toDeliveryId(event.id, 0);
    const status = isDelivered ? 'delivered' : 'failed';
    await deliveries.insertFinished({
      id: deliveryId,
      eventId: event.id,
      webhookId: webhook.id,
      appId: webhook.appId,
      accountId: webhook.accountId,
      type,
      status,
      reason: isDelivered ? null : 'test_failed',
      attempts: [attempt],
      attemptCount: 1,
      dueAt: null,
      createdAt: acceptedAt,
      finishedAt: clock.now(),
    });
    const latencyMs = clock.now() - acceptedAt;
    activity.recordResult(event, { status, hasSucceeded: isDelivered, latencyMs });
    await audit.record(actor, {
      action: 'webhook.tested',
      accountId: webhook.accountId,
      appId: webhook.appId,
      targetId: webhook.id,
      targetName: webhook.description,
      details: { delivered: isDelivered, deliveryId },
    });
    return {
      delivered: isDelivered,
      statusCode: attempt.statusCode,
      reason: attempt.reason,
      durationMs: attempt.durationMs,
      reply: attempt.reply,
      deliveryId,
    };
  };
}

function toSampleData(type: 'test' | 'test.ping', webhook: Webhook): Record<string, unknown> {
  const { example } = getEventDefinition(type);
  return type === 'test'
    ? { ...example, appId: webhook.appId, webhookId: webhook.id }
    : { ...example, appId: webhook.appId };
}
