import type { AppView, WebhookCounts } from '@tocsin/shared';
import { useMemo, type ReactNode } from 'react';
import { accountColumn } from '../../components/account-column.tsx';
import { useSearchFilters } from '../../components/filters/search-toolbar.tsx';
import { SearchedTable } from '../../components/filters/searched-table.tsx';
import type { Column } from '../../components/ui/data-table.tsx';
import { NameAndId } from '../../components/ui/name-and-id.tsx';
import { Time } from '../../components/ui/time.tsx';
import { useSession } from '../../lib/session.ts';
import { HealthSummary } from './health-summary.tsx';
import { useAppList } from './use-app-list.ts';

/** All apps, with the health of their webhooks. */
export function AppsTable({ emptyAction }: { readonly emptyAction: ReactNode }) {
  const { actor } = useSession();
  const filters = useSearchFilters();
  const { list, items, total, countsByApp, onVisible } = useAppList(filters);
  const hasAccounts = actor.kind === 'root';
  const columns = useMemo(() => createColumns({ countsByApp, hasAccounts }), [countsByApp, hasAccounts]);
  return (
    <SearchedTable
      label="apps"
      noun="app"
      filters={filters}
      query={list}
      items={items}
      total={total}
      columns={columns}
      empty={{ text: 'Create an app to publish events.', action: emptyAction }}
      getRowHref={(app) => `/apps/${encodeURIComponent(app.id)}`}
      onVisible={onVisible}
    />
  );
}

function createColumns({
  countsByApp,
  hasAccounts,
}: {
  readonly countsByApp: ReadonlyMap<string, WebhookCounts | null | undefined>;
  readonly hasAccounts: boolean;
}): readonly Column<AppView>[] {
  return [
    {
      header: 'App',
      grow: true,
      cell: (app) => <NameAndId name={app.name} id={app.id} />,
    },
    {
      header: 'Webhooks',
      width: 'sm:w-52 xl:w-88',
      cell: (app) => <HealthSummary counts={countsByApp.get(app.id)} />,
    },
    ...(hasAccounts ? [accountColumn] : []),
    {
      header: 'Created',
      sorted: 'descending',
      visibleFrom: 'md',
      width: 'sm:w-32',
      cell: (app) => (
        <span className="text-ink-2">
          <Time at={app.createdAt} />
        </span>
      ),
    },
  ];
}
