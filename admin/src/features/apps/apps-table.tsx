import type { AppView, WebhookCounts } from '@tocsin/shared';
import { useMemo, type ReactNode } from 'react';
import { AccountName } from '../../components/account-name.tsx';
import { AccountFilter } from '../../components/filters/account-filter.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Card, CardToolbar } from '../../components/ui/card.tsx';
import type { Column } from '../../components/ui/data-table.tsx';
import { EndlessTable } from '../../components/ui/endless-table.tsx';
import { NameAndId } from '../../components/ui/name-and-id.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { SearchField } from '../../components/ui/search-field.tsx';
import { Time } from '../../components/ui/time.tsx';
import { pluralize } from '../../lib/format.ts';
import { useSession } from '../../lib/session.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { HealthSummary } from './health-summary.tsx';
import { useAppList } from './use-app-list.ts';

/** All apps, with the health of their webhooks. */
export function AppsTable({ emptyAction }: { readonly emptyAction: ReactNode }) {
  const { actor } = useSession();
  const [{ search, account }, set] = useUrlState(['search', 'account']);
  const { list, items, total, countsByApp, onVisible } = useAppList({ search, accountId: account });
  const hasAccounts = actor.kind === 'root';
  const columns = useMemo(() => createColumns({ countsByApp, hasAccounts }), [countsByApp, hasAccounts]);
  const isFiltered = search !== undefined || account !== undefined;
  const clear = () => set({ search: undefined, account: undefined });
  return (
    <Card flush>
      <CardToolbar>
        <SearchField
          label="Search apps"
          placeholder="Search by name or ID"
          value={search}
          onChange={(next) => set({ search: next }, { replace: true })}
        />
        <AccountFilter
          value={account}
          placeholder="Account: all"
          onChange={(next) => set({ account: next })}
        />
        {isFiltered && (
          <Button size="small" variant="ghost" onClick={clear}>
            Clear filters
          </Button>
        )}
        <span role="status" className="ml-auto min-w-18 text-right text-[0.8667rem] text-ink-3 tabular-nums">
          {toTotalText(total)}
        </span>
      </CardToolbar>
      <EndlessTable
        label="Apps"
        items={items}
        total={total}
        query={list}
        filterKey={`${search ?? ''} ${account ?? ''}`}
        getRowKey={getId}
        getRowHref={(app) => `/apps/${encodeURIComponent(app.id)}`}
        onVisible={onVisible}
        empty={
          isFiltered ? (
            <EmptyNotice title="No apps match" action={<Button onClick={clear}>Clear filters</Button>}>
              A search finds words of names and IDs by how they begin.
            </EmptyNotice>
          ) : (
            <EmptyNotice title="No apps yet" action={emptyAction}>
              Create an app to publish events.
            </EmptyNotice>
          )
        }
        columns={columns}
      />
    </Card>
  );
}

function getId({ id }: AppView): string {
  return id;
}

function toTotalText(total: number | null | undefined): string {
  if (total === undefined) return '';
  return total === null ? 'More than 10,000 apps' : pluralize(total, 'app');
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
      width: 'sm:w-64 lg:w-72',
      cell: (app) => <HealthSummary counts={countsByApp.get(app.id)} />,
    },
    ...(hasAccounts ? [accountColumn] : []),
    {
      header: 'Created',
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

const accountColumn: Column<AppView> = {
  header: 'Account',
  visibleFrom: 'lg',
  onPhone: 'label',
  width: 'sm:w-36 xl:w-44',
  cell: (app) => (
    <span className="text-ink-2">
      <AccountName id={app.accountId} />
    </span>
  ),
};
