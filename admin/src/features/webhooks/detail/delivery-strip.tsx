import type { DeliveryView } from '@tocsin/shared';
import { Link } from 'wouter';
import { formatExactTime } from '../../../lib/format.ts';
import { toReasonLabel } from '../../../lib/labels.ts';
import { statusTones } from '../../../components/badges/delivery-status-badge.tsx';
import type { Tone } from '../../../components/ui/badge.tsx';
import { classNames } from '../../../components/ui/class-names.ts';

const fills: Record<Tone, string> = {
  ok: 'bg-ok-fill',
  bad: 'bg-bad-fill',
  warn: 'bg-warn-fill',
  idle: 'bg-idle-fill',
  accent: 'bg-accent',
};

/** The latest deliveries of a webhook as colored bars, oldest first. Each bar links to its delivery. */
export function DeliveryStrip({
  deliveries,
  slots,
}: {
  /** Newest first. */
  readonly deliveries: readonly DeliveryView[];
  readonly slots: number;
}) {
  const shown = deliveries.slice(0, slots).reverse();
  const missing = Math.max(0, slots - shown.length);
  return (
    <ol aria-label="Latest deliveries, oldest first" className="flex h-10 items-stretch gap-px sm:gap-0.5">
      {Array.from({ length: missing }, (_, index) => (
        <li key={index} aria-hidden className="min-w-0 flex-1 rounded-[2px] bg-sunken" />
      ))}
      {shown.map((delivery) => (
        <li key={delivery.id} className="flex min-w-0 flex-1">
          <Link
            href={`/deliveries/${delivery.id}`}
            aria-label={`${delivery.event} ${delivery.status}`}
            title={`${delivery.event}: ${delivery.status}${delivery.reason === null ? '' : ` (${toReasonLabel(delivery.reason)})`}\n${formatExactTime(delivery.createdAt)}`}
            className={classNames(
              'flex-1 rounded-[2px] hover:opacity-70',
              fills[statusTones[delivery.status]],
            )}
          />
        </li>
      ))}
    </ol>
  );
}
