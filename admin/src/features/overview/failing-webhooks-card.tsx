import { CircleCheck } from 'lucide-react';
import { ScopedLink } from '../../components/scoped-link.tsx';
import { WebhookName } from '../../components/webhook-name.tsx';
import { EndpointHealthBadge } from '../../components/badges/endpoint-health-badge.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, type Column } from '../../components/ui/data-table.tsx';
import { Time } from '../../components/ui/time.tsx';
import { formatCount } from '../../lib/format.ts';
import { toReasonLabel } from '../../lib/labels.ts';
import { useCan } from '../../lib/session.ts';
import type { Outputs } from '../../lib/trpc.ts';

type FailingWebhook = Outputs['system']['stats']['failingWebhooks'][number];

export function FailingWebhooksCard({
  webhooks,
}: {
  /** Undefined during the first load. */
  readonly webhooks: readonly FailingWebhook[] | undefined;
}) {
  const can = useCan();
  return (
    <Card title="Failing webhooks" hint="Most urgent first" flush>
      <DataTable
        label="Failing webhooks"
        items={webhooks}
        skeletonRows={2}
        getRowKey={(webhook) => webhook.id}
        getRowHref={can('webhooks:read') ? (webhook) => `/webhooks/${webhook.id}` : undefined}
        empty={
          <p className="flex items-center gap-2 px-4 py-5 text-[0.9333rem] text-ink-2">
            <CircleCheck aria-hidden className="size-4.5 text-ok" /> All endpoints are healthy.
          </p>
        }
        columns={columns}
      />
    </Card>
  );
}

const columns: readonly Column<FailingWebhook>[] = [
  {
    header: 'Endpoint',
    grow: true,
    cell: ({ url, description }) => <WebhookName url={url} description={description} />,
  },
  { header: 'Status', cell: (webhook) => <EndpointHealthBadge webhook={webhook} /> },
  {
    header: 'Reason',
    visibleFrom: 'md',
    onPhone: 'value',
    cell: ({ health }) => <Reason reason={health.lastFailureReason} />,
  },
  {
    header: 'Failures in a row',
    visibleFrom: 'md',
    align: 'right',
    cell: ({ health }) => formatCount(health.failuresInARow),
  },
  {
    header: 'Since',
    visibleFrom: 'sm',
    onPhone: 'label',
    cell: ({ health }) => (health.failingSince === null ? '–' : <Time at={health.failingSince} />),
  },
  {
    header: 'App',
    visibleFrom: 'lg',
    cell: (webhook) => (
      <ScopedLink
        scope="webhooks:read"
        href={`/apps/${encodeURIComponent(webhook.appId)}`}
        className="relative hover:underline"
      >
        {webhook.appId}
      </ScopedLink>
    ),
  },
];

/** The reason code in words that fit the column. Screen readers get the full sentence as well. */
function Reason({ reason }: { readonly reason: string | null }) {
  if (reason === null) return <span className="text-ink-2">–</span>;
  return (
    <span className="text-ink-2">
      {reason === 'http_status' ? 'error status' : reason.replaceAll('_', ' ')}
      <span className="sr-only">: {toReasonLabel(reason)}</span>
    </span>
  );
}
