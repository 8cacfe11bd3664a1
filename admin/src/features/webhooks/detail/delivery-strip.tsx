import { toReasonLabel, type DeliveryStatus, type DeliveryView } from '@tocsin/shared';
import { Link } from 'wouter';
import { formatExactTime } from '../../../lib/format.ts';
import { statusTones } from '../../../components/badges/delivery-status-badge.tsx';
import type { Tone } from '../../../components/ui/badge.tsx';
import { classNames } from '../../../components/ui/class-names.ts';
import { Time } from '../../../components/ui/time.tsx';

const fills: Record<Tone, string> = {
  ok: 'bg-ok-fill',
  bad: 'bg-bad-fill',
  warn: 'bg-warn-fill',
  idle: 'bg-idle-fill',
  accent: 'bg-accent',
};

const legend: readonly { readonly status: DeliveryStatus; readonly label: string }[] = [
  { status: 'delivered', label: 'Delivered' },
  { status: 'pending', label: 'Pending' },
  { status: 'failed', label: 'Failed for good' },
  { status: 'cancelled', label: 'Cancelled' },
];

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
    <div>
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
      <TimeAxis shown={shown} />
      <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
        {legend.map(({ status, label }) => (
          <li key={status} className="inline-flex items-center gap-1.5">
            <span aria-hidden className={classNames('size-2 rounded-[2px]', fills[statusTones[status]])} />
            {label}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The times of the first, the middle and the last delivery. Bars have equal widths, so time is not linear. */
function TimeAxis({ shown }: { readonly shown: readonly DeliveryView[] }) {
  const first = shown[0];
  const middle = shown.length >= 20 ? shown[Math.floor(shown.length / 2)] : undefined;
  const last = shown.length > 1 ? shown.at(-1) : undefined;
  return (
    <p className="mt-1.5 flex min-h-4.5 justify-between gap-2 text-xs text-ink-3">
      {first !== undefined && <Time at={first.createdAt} format="date" />}
      {middle !== undefined && (
        <span className="max-sm:hidden">
          <Time at={middle.createdAt} format="date" />
        </span>
      )}
      {last !== undefined && <Time at={last.createdAt} format="date" />}
    </p>
  );
}
