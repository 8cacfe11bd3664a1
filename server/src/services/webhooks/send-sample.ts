import type { SampleResult, SendSampleInput } from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import type { AcceptedEvent } from '../../domain/event.ts';
import type { EventTypes } from '../../domain/ports/event-types.ts';
import type { Clock, Ids } from '../../domain/ports/runtime.ts';
import type { PingEndpoint } from '../../domain/ports/sending.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { toIso } from '../common/iso-time.ts';
import { requireEventType } from '../event-types/require-event-type.ts';
import { findExample } from './find-example.ts';
import type { FindWebhook } from './find-webhook.ts';
import type { TestTurns } from './test-turns.ts';

export interface SendSampleDeps {
  readonly eventTypes: Pick<EventTypes, 'find' | 'listNames'>;
  readonly ping: PingEndpoint;
  readonly turns: Pick<TestTurns, 'take'>;
  readonly findWebhook: FindWebhook;
  readonly audit: AuditService;
  readonly ids: Ids;
  readonly clock: Clock;
}

/**
 * Sends the example of an event type to one webhook: one attempt, signed like a delivery and marked as a sample.
 * Stores no event, so that neither other webhooks nor feeds get it. Like a test ping, it counts against the limits of
 * the endpoint and does not affect its health.
 */
export function createSendSample({
  eventTypes,
  ping,
  turns,
  findWebhook,
  audit,
  ids,
  clock,
}: SendSampleDeps) {
  async function toSample(webhook: Webhook, { event: type, version }: SendSampleInput) {
    const eventType = await requireEventType(eventTypes, webhook.accountId, type, 'event');
    const { dataText, presentation } = findExample(
      eventType,
      version ?? webhook.eventVersions[type],
      (example) => (typeof example['appId'] === 'string' ? { ...example, appId: webhook.appId } : example),
    );
    const acceptedAt = clock.now();
    return {
      id: ids.event(acceptedAt),
      appId: webhook.appId,
      accountId: webhook.accountId,
      type,
      timestamp: toIso(acceptedAt),
      dataText,
      idempotencyKey: undefined,
      acceptedAt,
      targets: [],
      traceparent: undefined,
      presentation,
      isSample: true,
    } satisfies AcceptedEvent;
  }

  return async function sendSample(actor: Actor, input: SendSampleInput): Promise<SampleResult> {
    const webhook = await findWebhook(actor, input.id, 'webhooks:write');
    const sample = await toSample(webhook, input);
    const turn = await turns.take(webhook);
    try {
      const { reason, statusCode, durationMs, reply } = await ping(webhook, sample);
      const delivered = reason === null;
      await audit.record(actor, {
        action: 'webhook.sample_sent',
        accountId: webhook.accountId,
        appId: webhook.appId,
        targetId: webhook.id,
        targetName: webhook.description,
        details: { event: sample.type, eventId: sample.id, delivered },
      });
      return { delivered, statusCode, reason, durationMs, reply, eventId: sample.id };
    } finally {
      await turn.end();
    }
  };
}

export type SendSample = ReturnType<typeof createSendSample>;
