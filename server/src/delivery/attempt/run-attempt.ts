import type { SendResult } from '../../domain/send-result.ts';
import { isFailingTooLong } from '../../domain/endpoint-health.ts';
import type { ClaimedDelivery, Recording } from '../../domain/ports/delivery-queue.ts';
import type { Meter, Tracer } from '../../domain/ports/telemetry.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { Sender } from '../../domain/ports/sending.ts';
import type { RetryPolicy, Verdict } from '../../domain/retry-policy.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { effectOf } from './attempt-result.ts';
import type { DispatcherParts } from '../scheduling/dispatcher.ts';
import { nextAllowedInMs } from '../destinations/destination-pace.ts';
import type { HealthTracker } from './health-tracker.ts';
import type { Lane } from '../scheduling/endpoint-queue.ts';
import { judge } from './classify-response.ts';
import type { PreparedWebhook } from '../request/request-factory.ts';
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

export interface AttemptParts {
  readonly sender: Sender;
  readonly prepare: (webhook: Webhook) => PreparedWebhook;
  readonly health: HealthTracker;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Undefined: nobody traces. */
  readonly tracer: Tracer | undefined;
  readonly retryPolicy: RetryPolicy;
  readonly limits: AttemptLimits;
  readonly disable: DisableWebhook;
  /** Takes what became of the delivery, to be recorded. The lane does not wait for it. */
  readonly settle: (task: Task, recording: Recording) => void;
}

/**
 * One attempt: sends, judges the answer, tells lane and health what it says of the endpoint, and has the result
 * settled. Whatever happens, the delivery is settled; what is returned here never rejects.
 *
 * This is the hot path: one promise beside the sender's own, and nothing is made for a delivery that can be made once for
 * all.
 */
export function createAttempt(parts: AttemptParts): DispatcherParts['attempt'] {
  const { sender, prepare, health, clock, log, meter, tracer, retryPolicy, disable, settle } = parts;
  const { deliveryTimeoutMs, disableAfterMs } = parts.limits;

  const failed = (webhook: Webhook, lane: Lane, verdict: FailedVerdict, at: number): void => {
    const state = health.failed(webhook.id, at, verdict.reason);
    lane.failed(at, health.isPaused(webhook.id));
    if (verdict.kind === 'failure' && (verdict.slowsEndpoint || verdict.retryAfterMs !== undefined)) {
      lane.slowDown(at, verdict.retryAfterMs);
    }
    if (isFailingTooLong(state, at, disableAfterMs)) void disable(webhook, 'failing_too_long');
  };

  return async (task, webhook, lane) => {
    const { delivery } = task;
    const startedAt = clock.now();
    const span = tracer?.attempt(delivery);
    const event = span === undefined ? delivery.event : { ...delivery.event, traceparent: span.traceparent };
    try {
      const prepared = prepare(webhook);
      const result = await sender.send(prepared.request(event, startedAt, deliveryTimeoutMs));
      const endedAt = clock.now();
      const verdict = judge(prepared.format, result, endedAt);
      span?.end(verdict.kind === 'success' ? undefined : verdict.reason, statusOf(result));
      const pause = nextAllowedInMs(prepared.format, result);
      if (pause > 0) lane.pauseDestinationUntil(endedAt + pause);
      meter.attempt(verdict.kind === 'success' ? null : verdict.reason, result.durationMs);
      if (verdict.kind === 'success') {
        health.succeeded(webhook.id, endedAt);
        lane.succeeded();
      } else {
        log.debug(failureOf(delivery, verdict.reason, result.durationMs), 'attempt failed');
        failed(webhook, lane, verdict, endedAt);
      }
      const kept = prepared.masked(result, startedAt);
      const effect = effectOf({ delivery, result: kept, verdict, startedAt, endedAt }, retryPolicy);
      if (effect.disable === 'gone' || effect.disable === 'destination_removed') {
        void disable(webhook, effect.disable);
      }
      settle(task, effect.recording);
    } catch (error) {
      span?.end('internal_error');
      // A bug, or a secret that cannot be opened: the delivery must neither vanish nor stop the lane.
      log.error({ err: error, deliveryId: delivery.deliveryId }, 'attempt failed inside the engine');
      lane.ended();
      settle(task, internalFailure(delivery, startedAt, clock.now(), retryPolicy));
    }
  };
}

type FailedVerdict = Exclude<Verdict, { readonly kind: 'success' }>;

function internalFailure(
  delivery: ClaimedDelivery,
  startedAt: number,
  endedAt: number,
  policy: RetryPolicy,
): Recording {
  const reason = 'internal_error';
  const verdict = { kind: 'failure', reason, retryAfterMs: undefined, slowsEndpoint: false } as const;
  const result = { kind: 'unanswered', reason, detail: '', durationMs: endedAt - startedAt } as const;
  return effectOf({ delivery, result, verdict, startedAt, endedAt }, policy).recording;
}

function failureOf(delivery: ClaimedDelivery, reason: string, durationMs: number): object {
  const { deliveryId, webhookId, event, attemptCount } = delivery;
  return { deliveryId, eventId: event.id, webhookId, attempt: attemptCount + 1, reason, durationMs };
}

function statusOf(result: SendResult): Readonly<Record<string, number>> {
  return result.kind === 'answered' ? { 'http.response.status_code': result.statusCode } : {};
}
