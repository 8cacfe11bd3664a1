import type { WebhookSummary, WebhookView } from '@tocsin/shared';

/** What the badge needs of a summary. A healthy webhook was last delivered to when its last attempt succeeded. */
export function toBadgeHealth(summary: WebhookSummary): Pick<WebhookView, 'health' | 'disabledReason'> {
  const { state, failuresInARow, failingSince, lastFailureReason, lastDeliveryAt, disabledReason } = summary;
  return {
    disabledReason,
    health: {
      state,
      failuresInARow,
      failingSince,
      lastFailureReason,
      lastSuccessAt: state === 'healthy' ? lastDeliveryAt : null,
      lastFailureAt: state === 'healthy' ? null : lastDeliveryAt,
    },
  };
}
