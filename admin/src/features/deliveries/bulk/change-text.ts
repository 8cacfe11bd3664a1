import type { DeliveryView, SkippedReason } from '@tocsin/shared';
import { pluralize } from '../../../lib/format.ts';

export type ManyAction = 'retry' | 'cancel';

export const skippedLabels: Readonly<Record<SkippedReason, string>> = {
  not_found: 'not found',
  being_sent: 'being sent right now',
  not_pending: 'not pending any more',
  webhook_deleted: 'the webhook was deleted',
  webhook_disabled: 'the webhook is disabled',
  not_subscribed: 'the webhook is not subscribed to the type any more',
  event_removed: 'the event was removed by retention',
};

export const actionTexts = {
  retry:
    'Each receiver gets another request now. It has the same webhook-id, so a receiver can ignore what it has handled.',
  cancel: 'No further attempts are made. Cancelled deliveries can be retried later.',
} as const satisfies Record<ManyAction, string>;

export function toDoneText(action: ManyAction, count: number): string {
  const many = countDeliveries(count);
  return action === 'retry' ? `${many} sent again.` : `${many} cancelled.`;
}

export function countDeliveries(count: number): string {
  return pluralize(count, 'delivery', 'deliveries');
}

export function toEndpointName({
  webhookId,
  endpoint,
}: Pick<DeliveryView, 'webhookId' | 'endpoint'>): string {
  if (endpoint === null) return webhookId;
  return endpoint.description ?? endpoint.url.replace(/^https?:\/\//, '');
}
