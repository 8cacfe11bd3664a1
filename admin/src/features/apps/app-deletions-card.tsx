import { useQuery } from '@tanstack/react-query';
import type { AppDeletionView } from '@tocsin/shared';
import { useState } from 'react';
import { Badge } from '../../components/ui/badge.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, Pager, type Column } from '../../components/ui/data-table.tsx';
import { EmptyNotice, EmptyPage } from '../../components/ui/notice.tsx';
import { Time } from '../../components/ui/time.tsx';
import { pluralize } from '../../lib/format.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';

/** Deleted apps, with the progress of their erasure. Renders nothing if there are none. */
export function AppDeletionsCard() {
  const [cursor, setCursor] = useState<string>();
  const deletions = useQuery(
    trpc.apps.deletions.queryOptions({ limit: 10, cursor }, { refetchInterval: pollMs.slow }),
  );
  // Most servers have none, and a card that appears or grows would move the page.
  if (cursor === undefined && deletions.error === null && !deletions.data?.items.length) return null;
  return (
    <Card title="Deleted apps" flush>
      <DataTable
        label="Deleted apps"
        items={deletions.data?.items}
        query={deletions}
        skeletonRows={1}
        getRowKey={(deletion) => deletion.id}
        empty={
          <EmptyPage
            cursor={cursor}
            nextCursor={deletions.data?.nextCursor}
            onFirst={() => setCursor(undefined)}
          >
            <EmptyNotice title="No deleted apps">
              Deleting an app erases its events and deliveries in the background. The progress appears here.
            </EmptyNotice>
          </EmptyPage>
        }
        columns={columns}
      />
      <Pager
        cursor={cursor}
        nextCursor={deletions.data?.nextCursor}
        isOutdated={deletions.isPlaceholderData}
        onChange={setCursor}
      />
    </Card>
  );
}

const columns: readonly Column<AppDeletionView>[] = [
  {
    header: 'App',
    grow: true,
    cell: (deletion) => <code className="font-mono text-[0.8rem]">{deletion.appId}</code>,
  },
  {
    header: 'Status',
    cell: ({ status }) => (
      <Badge tone={status === 'done' ? 'ok' : 'idle'} dot>
        {status === 'done' ? 'Erased' : 'Erasing'}
      </Badge>
    ),
  },
  {
    header: 'Erased',
    visibleFrom: 'sm',
    cell: ({ erased }) => (
      <span className="text-ink-2">
        {pluralize(erased.events, 'event')}, {pluralize(erased.deliveries, 'delivery', 'deliveries')}
      </span>
    ),
  },
  {
    header: 'Deleted',
    cell: (deletion) => (
      <span className="text-ink-2">
        <Time at={deletion.createdAt} />
      </span>
    ),
  },
];
