import type { IncidentView } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { toIncidentHealth, toIncidentReason } from '../../lib/incident-text.ts';
import { formatCount, formatPercent } from '../../lib/format.ts';
import { Badge } from '../ui/badge.tsx';
import { DataTable, type Column, type TableQuery } from '../ui/data-table.tsx';
import { Time } from '../ui/time.tsx';
import { HourlyBars } from './hourly-bars.tsx';
import { createWebhookColumns } from './webhook-columns.tsx';

/** Incidents with their reasons and backlogs. */
export function IncidentsTable({
  incidents,
  query,
  empty,
  skeletonRows,
  renderActions,
}: {
  /** Undefined during the first load. */
  readonly incidents: readonly IncidentView[] | undefined;
  readonly query: TableQuery;
  readonly empty: ReactNode;
  readonly skeletonRows: number;
  /** The last column. Left out on the overview. */
  readonly renderActions?: (incident: IncidentView) => ReactNode;
}) {
  return (
    <DataTable
      label="Incidents"
      items={incidents}
      query={query}
      skeletonRows={skeletonRows}
      getRowKey={({ id }) => id}
      getRowHref={({ id }) => `/incidents/${id}`}
      empty={empty}
      columns={renderActions === undefined ? columns : [...columns, toActionsColumn(renderActions)]}
    />
  );
}

function toActionsColumn(render: (incident: IncidentView) => ReactNode): Column<IncidentView> {
  return {
    header: 'Actions',
    onPhone: 'corner',
    align: 'right',
    cell: (incident) => <span className="relative inline-flex justify-end">{render(incident)}</span>,
  };
}

const { webhook, waiting } = createWebhookColumns<IncidentView>(({ webhookId }) => webhookId);

const columns: readonly Column<IncidentView>[] = [
  webhook,
  {
    header: 'Reason',
    onPhone: 'text',
    cell: (incident) => (
      <span className="block text-ink-2 sm:w-48 sm:whitespace-normal">{toIncidentReason(incident)}</span>
    ),
  },
  { header: 'State', cell: (incident) => <IncidentBadges incident={incident} /> },
  waiting,
  {
    header: 'Failed',
    align: 'right',
    visibleFrom: 'xl',
    cell: ({ failedAttempts }) => formatCount(failedAttempts),
  },
  {
    header: 'Share',
    align: 'right',
    visibleFrom: 'xl',
    cell: ({ share }) => (share === null ? '–' : formatPercent(share)),
  },
  { header: 'Last 24 h', visibleFrom: 'xl', cell: ({ hourly }) => <HourlyBars hourly={hourly} /> },
  {
    header: 'Since',
    visibleFrom: 'sm',
    onPhone: 'label',
    cell: ({ openedAt }) => (
      <span className="text-ink-2">
        <Time at={openedAt} />
      </span>
    ),
  },
];

/** The state of the webhook, and whether the incident ended or is snoozed. */
export function IncidentBadges({ incident }: { readonly incident: IncidentView }) {
  const { state, closedBy, snoozedUntil } = incident;
  const { label, tone } = toIncidentHealth(incident);
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5">
      {state === 'closed' ? (
        <Badge tone={closedBy === 'success' ? 'ok' : 'idle'} dot>
          {closedBy === 'success' ? 'Recovered' : 'Switched off by a user'}
        </Badge>
      ) : (
        <Badge tone={tone} dot>
          {label}
        </Badge>
      )}
      {snoozedUntil !== null && (
        <Badge tone="idle">
          Snoozed, ends <Time at={snoozedUntil} />
        </Badge>
      )}
    </span>
  );
}
