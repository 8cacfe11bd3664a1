import { attemptReasonLabels, deliveryReasonLabels, type DeliveryView } from '@tocsin/shared';

/** Reasons that only say that attempts failed, so that the last attempt tells more. */
const generalReasons: readonly (string | null)[] = ['retries_exhausted', 'awaiting_retry', 'test_failed'];

/** Why a delivery is in its state, in a few words. Empty for a delivered one. */
export function toCause({ status, reason, lastAttempt }: DeliveryView): string {
  if (status === 'delivered' || reason === null) return '';
  const failure = lastAttempt?.reason ?? null;
  if (failure === null || !generalReasons.includes(reason)) return deliveryReasonLabels[reason];
  return failure === 'http_status' && lastAttempt?.statusCode !== null
    ? `The endpoint returned ${lastAttempt?.statusCode}`
    : attemptReasonLabels[failure];
}
