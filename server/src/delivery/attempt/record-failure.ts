import type { AttemptOutcome } from '../../domain/retry-policy.ts';
import type { SendResult } from '../../domain/send-result.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { EndpointQueue } from '../scheduling/endpoint-queue.ts';
import type { DisableWebhook } from './disable-webhook.ts';
import type { HealthTracker } from './health-tracker.ts';

export interface RecordFailureDeps {
  readonly health: Pick<
    HealthTracker,
    'recordFailure' | 'isPaused' | 'isFailingTooLong' | 'saveNow' | 'forget'
  >;
  readonly disable: DisableWebhook;
  /** The epoch in which this process owns the partition of a webhook. */
  readonly getEpoch: (webhookId: string) => number;
  /** A webhook is disabled after failures alone for this long, ms. */
  readonly disableAfterMs: number;
}

export interface FailedAttempt {
  readonly outcome: Exclude<AttemptOutcome, { readonly kind: 'success' }>;
  readonly sent: SendResult;
}

/** Records a failed attempt in the health and the queue of its endpoint. */
export type RecordFailure = (
  webhook: Webhook,
  endpointQueue: EndpointQueue,
  failed: FailedAttempt,
  at: number,
) => void;

/** Disables the webhook, too, if it has only failed for too long. */
export function createRecordFailure(deps: RecordFailureDeps): RecordFailure {
  const { health, disable, getEpoch, disableAfterMs } = deps;

  /** The stored health has to agree, so it is saved first. If it does not, what is in memory is wrong. */
  const disableForFailures = async (webhook: Webhook, at: number): Promise<void> => {
    await health.saveNow(webhook.id);
    const agreement = { failingSince: at - disableAfterMs, epoch: getEpoch(webhook.id) };
    if (!(await disable(webhook, 'failing_too_long', agreement))) health.forget(webhook.id);
  };

  return (webhook, endpointQueue, { outcome, sent }, at) => {
    health.recordFailure(webhook, at, outcome.reason);
    endpointQueue.recordFailure(at, health.isPaused(webhook.id));
    if (outcome.kind === 'failure' && (outcome.slowsEndpoint || outcome.retryAfterMs !== undefined)) {
      endpointQueue.slowDown(at, outcome.retryAfterMs);
    } else if (sent.kind === 'answered') endpointQueue.recordRejection(sent.durationMs);
    if (health.isFailingTooLong(webhook.id, at, disableAfterMs)) void disableForFailures(webhook, at);
  };
}
