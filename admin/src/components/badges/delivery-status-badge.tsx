import type { DeliveryStatus } from '@tocsin/shared';
import { deliveryStatusLabels } from '../../lib/labels.ts';
import { Badge, type Tone } from '../ui/badge.tsx';

export const statusTones: Record<DeliveryStatus, Tone> = {
  delivered: 'ok',
  failed: 'bad',
  pending: 'warn',
  cancelled: 'idle',
};

export function DeliveryStatusBadge({ status }: { readonly status: DeliveryStatus }) {
  return (
    <Badge tone={statusTones[status]} dot>
      {deliveryStatusLabels[status]}
    </Badge>
  );
}
