import type { SendResult } from '../../domain/send-result.ts';
import { isFailingTooLong } from '../../domain/endpoint-health.ts';
import type { ClaimedDelivery, DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import type { Meter, Tracer } from '../../domain/ports/telemetry.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { Sender } from '../../domain/ports/sending.ts';
import type { RetryPolicy, AttemptOutcome } from '../../domain/retry-policy.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { toAttemptEffect } from './attempt-result.ts';
import type { DispatcherDeps } from '../scheduling/dispatcher.ts';
import { findDestination } from '../destinations/registry.ts';
import type { HealthTracker } from './health-tracker.ts';
import type { EndpointQueue } from '../scheduling/endpoint-queue.ts';
import { classifyResponse } from './classify-response.ts';
import type { RequestFactory } from '../request/request-factory.ts';
import type { Task } from '../scheduling/task.ts';

export interface AttemptLimits {
  readonly deliveryTimeoutMs: number;
  /** Nothing but failure for so long disables a webhook, ms. */
  readonly disableAfterMs: number;
}

/** Ends a webhook's service and says why. Must not reject. */
export type DisableWebhook = (
  webhook: Webhook,
  reason: 'gone' | 'failing_too_long' | 'destination_removed',
) => Promise<void>;

export interface AttemptDeps {
  readonly sender: Sender;
  readonly prepare: (webhook: Webhook) => RequestFactory;
  readonly health: HealthTracker;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Undefined: nobody traces. */
  readonly tracer: Tracer | undefined;
  readonly retryPolicy: RetryPolicy;
  readonly limits: AttemptLimits;
  readonly disable: DisableWebhook;
  /** Takes what became of the delivery, to be recorded. The endpoint queue does not wait for it. */
  readonly complete: (task: Task, recording: DeliveryResult) => void;
}

/**
 * One attempt: sends, judges the answer, tells endpoint queue and health what it says of the endpoint, and has the result
 * settled. Whatever happens, the delivery is settled; what is returned here never rejects.
 *
 * This is the hot path: one promise beside the sender's own, and nothing is made for a delivery that can be made once for
 * all.
 */
export function createAttempt(deps: AttemptDeps): DispatcherDeps['attempt'] {
  const { sender, prepare, health, clock, log, meter, tracer, retryPolicy, disable, complete } = deps;
  const { deliveryTimeoutMs, disableAfterMs } = deps.limits;

  const failed = (
    webhook: Webhook,
    endpointQueue: EndpointQueue,
    outcome: FailedOutcome,
    at: number,
  ): void => {
    const state = health.failed(webhook.id, at, outcome.reason);
    endpointQueue.failed(at, health.isPaused(webhook.id));
    if (outcome.kind === 'failure' && (outcome.slowsEndpoint || outcome.retryAfterMs !== undefined)) {
      endpointQueue.slowDown(at, outcome.retryAfterMs);
    }
    if (isFailingTooLong(state, at, disableAfterMs)) void disable(webhook, 'failing_too_long');
  };

  return async (task, webhook, endpointQueue) => {
    const { delivery } = task;
    const startedAt = clock.now();
    const span = tracer?.attempt(delivery);
    const event = span === undefined ? delivery.event : { ...delivery.event, traceparent: span.traceparent };
    try {
      const prepared = prepare(webhook);
      const result = await sender.send(prepared.createRequest(event, startedAt, deliveryTimeoutMs));
      const endedAt = clock.now();
      const outcome = classifyResponse(prepared.format, result, endedAt);
      span?.end(outcome.kind === 'success' ? undefined : outcome.reason, toStatusAttributes(result));
      const pause = findDestination(prepared.format)?.cooldownMs(result) ?? 0;
      if (pause > 0) endpointQueue.pauseDestinationUntil(endedAt + pause);
      meter.attempt(outcome.kind === 'success' ? null : outcome.reason, result.durationMs);
      if (outcome.kind === 'success') {
        health.succeeded(webhook.id, endedAt);
        endpointQueue.succeeded();
      } else {
        log.debug(toFailureFields(delivery, outcome.reason, result.durationMs), 'attempt failed');
        failed(webhook, endpointQueue, outcome, endedAt);
      }
      const kept = prepared.redact(result, startedAt);
      const effect = toAttemptEffect({ delivery, result: kept, outcome, startedAt, endedAt }, retryPolicy);
      if (effect.disable === 'gone' || effect.disable === 'destination_removed') {
        void disable(webhook, effect.disable);
      }
      complete(task, effect.recording);
    } catch (error) {
      span?.end('internal_error');
      // A bug, or a secret that cannot be opened: the delivery must neither vanish nor stop the endpoint queue.
      log.error({ err: error, deliveryId: delivery.deliveryId }, 'attempt failed inside the engine');
      endpointQueue.ended();
      complete(task, internalFailure(delivery, startedAt, clock.now(), retryPolicy));
    }
  };
}

type FailedOutcome = Exclude<AttemptOutcome, { readonly kind: 'success' }>;

function internalFailure(
  delivery: ClaimedDelivery,
  startedAt: number,
  endedAt: number,
  policy: RetryPolicy,
): DeliveryResult {
  const reason = 'internal_error';
  const outcome = { kind: 'failure', reason, retryAfterMs: undefined, slowsEndpoint: false } as const;
  const result = { kind: 'unanswered', reason, detail: '', durationMs: endedAt - startedAt } as const;
  return toAttemptEffect({ delivery, result, outcome, startedAt, endedAt }, policy).recording;
}

function toFailureFields(delivery: ClaimedDelivery, reason: string, durationMs: number): object {
  const { deliveryId, webhookId, event, attemptCount } = delivery;
  return { deliveryId, eventId: event.id, webhookId, attempt: attemptCount + 1, reason, durationMs };
}

function toStatusAttributes(result: SendResult): Readonly<Record<string, number>> {
  return result.kind === 'answered' ? { 'http.response.status_code': result.statusCode } : {};
}
