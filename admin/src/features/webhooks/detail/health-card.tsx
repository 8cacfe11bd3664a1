import type { DeliveryView } from '@tocsin/shared';
import { Card } from '../../../components/ui/card.tsx';
import { pluralize } from '../../../lib/format.ts';
import { DeliveryStrip } from './delivery-strip.tsx';

const stripLength = 60;

/** The status of the latest deliveries, as counts and as a strip. */
export function HealthCard({
  deliveries,
  error,
}: {
  /** Undefined during the first load. */
  readonly deliveries: readonly DeliveryView[] | undefined;
  readonly error: unknown;
}) {
  const latest = deliveries?.slice(0, stripLength) ?? [];
  const counts = { delivered: 0, failed: 0, pending: 0, cancelled: 0 };
  for (const delivery of latest) counts[delivery.status]++;
  return (
    <Card
      title="Health"
      hint={
        deliveries === undefined
          ? error === null
            ? '…'
            : 'The deliveries did not load.'
          : `Last ${pluralize(latest.length, 'delivery', 'deliveries')}: ${counts.delivered} delivered, ${counts.failed} failed, ${counts.pending} pending`
      }
    >
      <DeliveryStrip deliveries={latest} slots={stripLength} />
    </Card>
  );
}
