import { toRenderedEvent, type AcceptedEvent } from '../../domain/event.ts';
import type { SendResult } from '../../domain/send-result.ts';
import type { DueDelivery, DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import type { Meter } from '../../domain/ports/telemetry.ts';
import type { Span, Tracer } from '../../domain/ports/tracing.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { Sender } from '../../domain/ports/sending.ts';
import type { RetryPolicy } from '../../domain/retry-policy.ts';
import type { Webhook } from '../../domain/webhook.ts';
import type { RequestFactory } from '../request/request-factory.ts';
import type { DeliveryCompletion } from '../scheduling/completion.ts';
import type { EndpointQueue } from '../scheduling/endpoint-queue.ts';
import type { Task } from '../scheduling/task.ts';
import { toAttemptEffect, toUnattemptedResult } from './attempt-effect.ts';
import { classifyResponse } from './classify-response.ts';
import type { DisableWebhook } from './disable-webhook.ts';
import type { HealthTracker } from './health-tracker.ts';
import { createRecordFailure } from './record-failure.ts';

export interface AttemptLimits {
  readonly deliveryTimeoutMs: number;
  /** A webhook is disabled after failures alone for this long, ms. */
  readonly disableAfterMs: number;
}

/** A delivery that could not be sent is due again after this time, with as much jitter. */
const unsentRetryMs = 1_000;

/** Runs one attempt and completes the delivery. The caller ends the request in the queue. Never rejects. */
export type RunAttempt = (task: Task, webhook: Webhook, endpointQueue: EndpointQueue) => Promise<void>;

export interface AttemptDeps {
  readonly sender: Sender;
  readonly getRequestFactory: (webhook: Webhook) => RequestFactory;
  readonly health: HealthTracker;
  readonly completion: Pick<DeliveryCompletion, 'complete'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Undefined when tracing is off. */
  readonly tracer: Tracer | undefined;
  /** False: requests carry no `traceparent`. */
  readonly sendsTraceparent: boolean;
  readonly retryPolicy: RetryPolicy;
  readonly limits: AttemptLimits;
  readonly disable: DisableWebhook;
  /** The epoch in which this process owns the partition of a webhook. */
  readonly getEpoch: (webhookId: string) => number;
}

/**
 * Runs one attempt: sends the request, classifies the response, updates the endpoint's queue and health, and
 * completes the delivery. Always completes it, even on an internal error.
 *
 * This is the hot path: one promise besides the sender's own, and no allocation per delivery that could be
 * shared.
 */
export function createRunAttempt(deps: AttemptDeps): RunAttempt {
  const { sender, getRequestFactory, health, completion, clock, log, meter, tracer, retryPolicy, disable } =
    deps;
  const { getEpoch, sendsTraceparent } = deps;
  const { deliveryTimeoutMs, disableAfterMs } = deps.limits;

  const recordFailure = createRecordFailure({ health, disable, getEpoch, disableAfterMs });

  const logIncomplete = ({ deliveryId, webhookId }: DueDelivery, sent: SendResult): void => {
    if (sent.kind !== 'answered' || sent.incomplete === undefined) return;
    log.debug({ deliveryId, webhookId, detail: sent.incomplete }, 'response broke off after its status');
  };

  /**
   * The request was not sent for a reason that is ours. That is no attempt and no failure: the delivery goes
   * back, and the queue waits until then, so that its other deliveries stay in memory.
   */
  const putBack = (task: Task, endpointQueue: EndpointQueue, at: number): void => {
    const dueAt = Math.ceil(at + unsentRetryMs * (1 + retryPolicy.random()));
    endpointQueue.pauseUntil(dueAt);
    const update = { status: 'pending', reason: 'not_sent', dueAt } as const;
    completion.complete(task, toUnattemptedResult(task.delivery, update, at));
  };

  const runAttempt = async (
    task: Task,
    webhook: Webhook,
    endpointQueue: EndpointQueue,
    span?: Span,
  ): Promise<void> => {
    const { delivery } = task;
    const startedAt = clock.now();
    try {
      const event = withTraceparent(toRenderedEvent(delivery.event, webhook.id), span, sendsTraceparent);
      const factory = getRequestFactory(webhook);
      const request = factory.createRequest(event, startedAt, deliveryTimeoutMs);
      const sent = await sender.send(request);
      const endedAt = clock.now();
      if (sent.kind === 'unanswered' && sent.reason === 'not_sent') {
        span?.end(sent.reason);
        return putBack(task, endpointQueue, endedAt);
      }
      const outcome = classifyResponse(factory.format, sent, endedAt);
      const isServiceLimited = factory.applyLimits?.(sent, endedAt) === true;
      meter.countAttempt(outcome.kind === 'success' ? null : outcome.reason, sent.durationMs);
      if (outcome.kind === 'success') {
        logIncomplete(delivery, sent);
        health.recordSuccess(webhook, endedAt);
        endpointQueue.recordSuccess();
      } else {
        log.debug(toFailureFields(delivery, outcome.reason, sent), 'attempt failed');
        // The limits of a chat service for our address say nothing about the endpoint.
        if (!isServiceLimited) recordFailure(webhook, endpointQueue, { outcome, sent }, endedAt);
      }
      const sendResult = factory.redact(sent, startedAt);
      const isRecorded = outcome.kind !== 'success' || delivery.attemptCount > 0;
      const facts = { delivery, sendResult, outcome, startedAt, endedAt };
      const recorded = isRecorded ? { ...facts, request } : facts;
      const effect = toAttemptEffect(recorded, retryPolicy);
      completion.complete(task, effect.result);
      if (effect.disable === 'gone' || effect.disable === 'destination_removed') {
        // The request keeps its place until then, so that the next turn finds the webhook disabled.
        await disable(webhook, effect.disable);
      }
      // Last, because log lines name no span that has ended.
      span?.end(outcome.kind === 'success' ? undefined : outcome.reason, toStatusAttributes(sent));
    } catch (error) {
      // A bug, or a secret that cannot be decrypted. The delivery must not be lost, and the queue must go on.
      log.error({ err: error, deliveryId: delivery.deliveryId }, 'attempt failed inside the engine');
      completion.complete(task, toInternalFailure(delivery, startedAt, clock.now(), retryPolicy));
      span?.end('internal_error');
    }
  };
  if (tracer === undefined) return runAttempt;
  return (task, webhook, endpointQueue) => {
    const span = startSpan(tracer, task.delivery, log);
    if (span === undefined) return runAttempt(task, webhook, endpointQueue);
    return span.run(() => runAttempt(task, webhook, endpointQueue, span));
  };
}

/** The SDK is the operator's own. A fault in it must not stop deliveries. */
function startSpan(tracer: Tracer, delivery: DueDelivery, log: Log): Span | undefined {
  try {
    return tracer.attempt(delivery);
  } catch (error) {
    log.warn({ err: error, deliveryId: delivery.deliveryId }, 'an attempt could not be traced');
    return undefined;
  }
}

/** The event with the trace context that its receiver gets. */
function withTraceparent(
  event: AcceptedEvent,
  span: Span | undefined,
  sendsTraceparent: boolean,
): AcceptedEvent {
  const traceparent = sendsTraceparent ? (span?.traceparent ?? event.traceparent) : undefined;
  return traceparent === event.traceparent ? event : { ...event, traceparent };
}

function toInternalFailure(
  delivery: DueDelivery,
  startedAt: number,
  endedAt: number,
  policy: RetryPolicy,
): DeliveryResult {
  const reason = 'internal_error';
  const outcome = { kind: 'failure', reason, retryAfterMs: undefined, slowsEndpoint: false } as const;
  const sendResult = { kind: 'unanswered', reason, detail: '', durationMs: endedAt - startedAt } as const;
  return toAttemptEffect({ delivery, sendResult, outcome, startedAt, endedAt }, policy).result;
}

function toFailureFields(delivery: DueDelivery, reason: string, sent: SendResult): object {
  const { deliveryId, webhookId, event, attemptCount } = delivery;
  const { durationMs } = sent;
  const detail = sent.kind === 'unanswered' ? sent.detail : sent.incomplete;
  return { deliveryId, eventId: event.id, webhookId, attempt: attemptCount + 1, reason, detail, durationMs };
}

function toStatusAttributes(result: SendResult): Readonly<Record<string, number>> {
  return result.statusCode === undefined ? {} : { 'http.response.status_code': result.statusCode };
}
