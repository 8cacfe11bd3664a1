import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronUp, Maximize2, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { DeliveryStatusBadge } from '../../../components/badges/delivery-status-badge.tsx';
import { IconButton } from '../../../components/ui/button.tsx';
import { CopyableId } from '../../../components/ui/copy-button.tsx';
import { LoadFallback } from '../../../components/ui/load-fallback.tsx';
import { WebhookName } from '../../../components/webhook-name.tsx';
import { trpc } from '../../../lib/trpc.ts';
import { AttemptsCard } from '../detail/attempts-card.tsx';
import { DeliveryStatusBanner } from '../detail/delivery-status-banner.tsx';
import { RequestCard } from '../detail/request-card.tsx';
import { useDeliveryActions } from '../detail/use-delivery-actions.tsx';

/** One delivery beside the list: its request, its answers and what can be done. */
export function DeliveryPanel({
  id,
  onMove,
  onClose,
}: {
  readonly id: string;
  /** Opens the next delivery of the list, or the one before. */
  readonly onMove: (by: 1 | -1) => void;
  readonly onClose: () => void;
}) {
  const delivery = useQuery(
    trpc.deliveries.get.queryOptions(
      { id },
      { refetchInterval: ({ state }) => state.data?.status === 'pending' && 3_000 },
    ),
  );
  const { data } = delivery;
  const { buttons, others } = useDeliveryActions(data, 'small');
  return (
    <aside
      aria-label="Delivery"
      className="fixed top-13 right-0 bottom-0 z-30 flex w-[min(33rem,100vw)] flex-col border-l border-line bg-bg shadow-pop"
    >
      <header className="border-b border-line bg-surface px-4 py-2.5">
        <div className="flex items-center gap-1">
          <h2 className="mr-auto flex min-w-0 items-center gap-2 font-semibold">
            <span className="truncate">{data?.event ?? 'Delivery'}</span>
            {data !== undefined && <DeliveryStatusBadge status={data.status} />}
          </h2>
          <IconButton label="Previous delivery (k)" onClick={() => onMove(-1)}>
            <ChevronUp aria-hidden className="size-4" />
          </IconButton>
          <IconButton label="Next delivery (j)" onClick={() => onMove(1)}>
            <ChevronDown aria-hidden className="size-4" />
          </IconButton>
          <PageLink id={id} />
          <IconButton label="Close panel (Esc)" onClick={onClose}>
            <X aria-hidden className="size-4" />
          </IconButton>
        </div>
        <div className="mt-0.5 text-ink-3">
          <CopyableId id={id} />
        </div>
        <div className="mt-2 flex min-h-8 flex-wrap items-center justify-between gap-2">
          <span className="min-w-0 flex-1 max-sm:basis-full">
            {data?.endpoint && (
              <WebhookName url={data.endpoint.url} description={data.endpoint.description} />
            )}
          </span>
          <span className="flex gap-2">{buttons}</span>
        </div>
        {others}
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto p-4">
        {data === undefined ? (
          <LoadFallback error={delivery.error} onRetry={() => void delivery.refetch()} className="h-72" />
        ) : (
          <>
            <DeliveryStatusBanner delivery={data} />
            <AttemptsCard delivery={data} />
            <RequestCard delivery={data} />
          </>
        )}
      </div>
    </aside>
  );
}

function PageLink({ id }: { readonly id: string }): ReactNode {
  return (
    <Link
      href={`/deliveries/${id}`}
      aria-label="Open page (Enter)"
      title="Open page (Enter)"
      className="inline-flex size-8 items-center justify-center rounded-lg text-ink-3 hover:bg-sunken hover:text-ink"
    >
      <Maximize2 aria-hidden className="size-4" />
    </Link>
  );
}
