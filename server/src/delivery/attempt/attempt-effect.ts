import type { DeliveryReason, DeliveryStatus, DisabledReason } from '@tocsin/shared';
import type { Attempt } from '../../domain/delivery.ts';
import type { OutgoingRequest } from '../../domain/ports/sending.ts';
import type { SendResult } from '../../domain/send-result.ts';
import type { DueDelivery, DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import { toRecorded } from '../request/sent-request.ts';
import { nextStep, type RetryPolicy, type AttemptOutcome } from '../../domain/retry-policy.ts';

/** The effects of one attempt: the result to store, and whether to disable the webhook. */
export interface AttemptEffect {
  readonly result: DeliveryResult;
  readonly disable: DisabledReason | undefined;
}

export interface AttemptFacts {
  readonly delivery: DueDelivery;
  readonly sendResult: SendResult;
  readonly outcome: AttemptOutcome;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Missing for a first attempt that succeeded, so that the usual path stores nothing more. */
  readonly request?: OutgoingRequest | undefined;
}

/** The changed fields of a delivery. */
export interface DeliveryUpdate {
  readonly status: DeliveryStatus;
  readonly reason: DeliveryReason | null;
  readonly dueAt: number | null;
}

/** Pure: the transition in the state machine of domain/delivery.ts after an attempt. */
export function toAttemptEffect(facts: AttemptFacts, policy: RetryPolicy): AttemptEffect {
  const { delivery, sendResult, outcome, startedAt, endedAt } = facts;
  const attempt: Attempt = {
    at: startedAt,
    durationMs: sendResult.durationMs,
    statusCode: sendResult.statusCode ?? null,
    reason: outcome.kind === 'success' ? null : outcome.reason,
    reply: sendResult.kind === 'answered' ? sendResult.reply : '',
    ...(facts.request !== undefined && toRecorded(facts.request, sendResult)),
  };
  const step = nextStep(outcome, delivery.attemptCount + 1, endedAt, policy);
  switch (step.kind) {
    case 'delivered':
      return effect(facts, attempt, { status: 'delivered', reason: null, dueAt: null });
    case 'retry':
      return effect(facts, attempt, { status: 'pending', reason: 'awaiting_retry', dueAt: step.at });
    case 'failed':
      return effect(facts, attempt, { status: 'failed', reason: step.reason, dueAt: null }, step.disable);
  }
}

/** Not a closure of `toAttemptEffect`: the hot path would allocate one per attempt. */
function effect(
  { delivery, endedAt }: AttemptFacts,
  attempt: Attempt,
  { status, reason, dueAt }: DeliveryUpdate,
  disable?: DisabledReason,
): AttemptEffect {
  return { result: { delivery, attempt, status, reason, dueAt, at: endedAt }, disable };
}

/** The result of a delivery that is not attempted now. */
export function toUnattemptedResult(
  delivery: DueDelivery,
  update: DeliveryUpdate,
  at: number,
): DeliveryResult {
  return { delivery, attempt: undefined, at, ...update };
}
