import { attemptReasonLabels, deliveryReasonLabels, type DeliveryDetail } from '@tocsin/shared';
import { CircleAlert, CircleCheck, Clock, type LucideIcon } from 'lucide-react';
import { statusTones } from '../../../components/badges/delivery-status-badge.tsx';
import { Banner } from '../../../components/ui/banner.tsx';
import { Time } from '../../../components/ui/time.tsx';
import { pluralize } from '../../../lib/format.ts';

const icons: Record<DeliveryDetail['status'], LucideIcon> = {
  delivered: CircleCheck,
  failed: CircleAlert,
  pending: Clock,
  cancelled: CircleAlert,
};

/** The status of a delivery, its reason and the next attempt. */
export function DeliveryStatusBanner({ delivery }: { readonly delivery: DeliveryDetail }) {
  const lastAttempt = delivery.attempts.at(-1);
  return (
    <Banner tone={statusTones[delivery.status]} icon={icons[delivery.status]}>
      {toStatusText(delivery)}{' '}
      {delivery.status !== 'delivered' && lastAttempt !== undefined && lastAttempt.reason !== null && (
        <>
          {attemptReasonLabels[lastAttempt.reason]}
          {lastAttempt.statusCode === null ? '' : ` (${lastAttempt.statusCode})`}.{' '}
        </>
      )}
      {delivery.nextAttemptAt !== null && (
        <>
          Next attempt <Time at={delivery.nextAttemptAt} format="due" />.
        </>
      )}
    </Banner>
  );
}

function toStatusText({ status, reason, attemptCount }: DeliveryDetail): string {
  if (status === 'delivered') return `Delivered after ${pluralize(attemptCount, 'attempt')}.`;
  return reason === null ? 'No reason was recorded.' : `${deliveryReasonLabels[reason]}.`;
}
