import {
  describeDisabled,
  type SendWaitingInput,
  type SendWaitingResult,
  type TestResult,
} from '@tocsin/shared';
import type { Actor } from '../../domain/access.ts';
import { isPaused } from '../../domain/endpoint-health.ts';
import { apiError } from '../../domain/errors.ts';
import type { BacklogStore } from '../../domain/ports/backlog-store.ts';
import type { DeliveryStore } from '../../domain/ports/delivery-store.ts';
import type { Clock } from '../../domain/ports/runtime.ts';
import type { EndpointHealthStore, WebhookStore } from '../../domain/ports/webhook-store.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { AuditService } from '../audit/audit-log.ts';
import { inBatches } from '../common/in-batches.ts';
import type { FindWebhook } from './find-webhook.ts';
import type { TestWebhook } from './test-webhook.ts';

export interface SendWaitingDeps {
  readonly webhooks: Pick<WebhookStore, 'resetHealth'>;
  readonly deliveries: Pick<DeliveryStore, 'resume'>;
  readonly backlogs: BacklogStore;
  readonly health: Pick<EndpointHealthStore, 'get'>;
  readonly testWebhook: TestWebhook;
  readonly findWebhook: FindWebhook;
  readonly audit: AuditService;
  readonly clock: Clock;
  /** Called when waiting deliveries are due. `resetsHealth`: the past of the endpoint no longer applies. */
  readonly onResumed: (webhook: Pick<Webhook, 'id' | 'appId'>, resetsHealth: boolean) => void;
}

/** A call starts no further batch after this time and returns the number of remaining deliveries. */
const timeLimitMs = 4_000;

/**
 * Makes all waiting deliveries of a webhook due now. They are sent in the usual order, within the limits of the
 * endpoint and the fair share of its account. A paused webhook gets a test ping first, and is active again if it
 * succeeds.
 */
export function createSendWaiting(deps: SendWaitingDeps) {
  const { webhooks, deliveries, backlogs, audit, clock, findWebhook, onResumed } = deps;

  async function countLater(webhookId: string): Promise<number> {
    const found = await backlogs.readBacklog({ webhookId, now: clock.now(), failedSince: clock.now() });
    return found.waiting - found.dueNow;
  }

  return async function sendWaiting(actor: Actor, { id }: SendWaitingInput): Promise<SendWaitingResult> {
    const webhook = await findWebhook(actor, id, 'webhooks:write');
    requireEnabled(webhook);
    const test = await testIfPaused(deps, actor, webhook);
    const now = clock.now();
    if (test !== null) await webhooks.resetHealth(id, now);
    // Not those that fail meanwhile and wait again: otherwise a broken endpoint would use up their attempts.
    let left = await countLater(id);
    const count = await inBatches(
      async (limit) => {
        if (left <= 0) return 0;
        const resumed = await deliveries.resume(id, 'all', now, Math.min(limit, left));
        left -= resumed;
        return resumed;
      },
      () => clock.now() < now + timeLimitMs,
    );
    onResumed(webhook, test !== null);
    await audit.record(actor, {
      action: 'webhook.backlog_sent',
      accountId: webhook.accountId,
      appId: webhook.appId,
      targetId: id,
      targetName: webhook.description,
      details: { count, resumed: test !== null },
    });
    return { count, remaining: Math.max(0, left), test };
  };
}

export type SendWaiting = ReturnType<typeof createSendWaiting>;

function requireEnabled({ id, enabled, disabledReason }: Webhook): void {
  if (enabled) return;
  throw apiError(
    'NOT_RETRYABLE',
    `webhook ${id} was ${describeDisabled(disabledReason)}, so nothing is sent; enable it, which also sends ` +
      'its waiting deliveries',
  );
}

async function testIfPaused(
  { health, testWebhook }: Pick<SendWaitingDeps, 'health' | 'testWebhook'>,
  actor: Actor,
  webhook: Webhook,
): Promise<TestResult | null> {
  const known = (await health.get([webhook.id])).get(webhook.id);
  if (known === undefined || !isPaused(known)) return null;
  const test = await testWebhook(actor, webhook);
  if (test.delivered) return test;
  const status = test.statusCode === null ? '' : `, HTTP ${test.statusCode}`;
  throw apiError(
    'NOT_RETRYABLE',
    `webhook ${webhook.id} is paused, and its test ping failed (${test.reason ?? 'unknown'}${status}); repair the ` +
      'endpoint until webhooks.test succeeds, then repeat the call',
  );
}
