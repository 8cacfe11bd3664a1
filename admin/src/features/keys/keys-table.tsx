import type { KeyView, Scope } from '@tocsin/shared';
import { useMemo, useState, type ReactNode } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { accountColumn } from '../../components/account-column.tsx';
import { SearchToolbar, useSearchFilters } from '../../components/filters/search-toolbar.tsx';
import { Card } from '../../components/ui/card.tsx';
import type { Column } from '../../components/ui/data-table.tsx';
import { EndlessTable } from '../../components/ui/endless-table.tsx';
import { NameAndId } from '../../components/ui/name-and-id.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Time } from '../../components/ui/time.tsx';
import { scopeLabels } from '../../lib/labels.ts';
import { useSession } from '../../lib/session.ts';
import { useKeyList } from './use-key-list.ts';
import { KeyStateBadge } from './key-state-badge.tsx';
import { RevokeKeyDialog } from './revoke-key-dialog.tsx';

/** All API keys. Each one can be revoked from its row. */
export function KeysTable({
  emptyAction,
  after,
}: {
  readonly emptyAction: ReactNode;
  readonly after: ReactNode;
}) {
  const { actor } = useSession();
  const filters = useSearchFilters();
  const [keyToRevoke, setKeyToRevoke] = useState<KeyView>();
  const { list, items, total } = useKeyList(filters);
  const hasAccounts = actor.kind === 'root';
  const columns = useMemo(() => createColumns({ hasAccounts, onRevoke: setKeyToRevoke }), [hasAccounts]);
  return (
    <>
      <Card flush>
        <SearchToolbar label="Search API keys" filters={filters} total={total} noun="key" />
        <EndlessTable
          label="API keys"
          items={items}
          total={total}
          query={list}
          filterKey={filters.key}
          getRowKey={getId}
          empty={
            filters.isFiltered ? (
              <EmptyNotice
                title="No keys match"
                action={<Button onClick={filters.clear}>Clear filters</Button>}
              >
                A search finds words of names and IDs by how they begin.
              </EmptyNotice>
            ) : (
              <EmptyNotice title="No keys yet" action={emptyAction}>
                Create a separate key for each service, so that you can revoke them individually.
              </EmptyNotice>
            )
          }
          columns={columns}
        />
        <RevokeKeyDialog apiKey={keyToRevoke} onClose={() => setKeyToRevoke(undefined)} />
      </Card>
      {/* Where it begins is known once the list has its height. */}
      {(items !== undefined || list.error !== null) && after}
    </>
  );
}

function getId({ id }: KeyView): string {
  return id;
}

function createColumns({
  hasAccounts,
  onRevoke,
}: {
  readonly hasAccounts: boolean;
  readonly onRevoke: (key: KeyView) => void;
}): readonly Column<KeyView>[] {
  return [
    {
      header: 'Key',
      grow: true,
      cell: (key) => <NameAndId name={key.name} id={`${key.prefix}…`} />,
    },
    { header: 'Status', width: 'sm:w-40', cell: (key) => <KeyStateBadge apiKey={key} /> },
    {
      header: 'Scopes',
      visibleFrom: 'xl',
      onPhone: 'value',
      width: 'sm:w-44',
      cell: (key) => <Scopes scopes={key.scopes} />,
    },
    appColumn,
    ...(hasAccounts ? [accountColumn] : []),
    {
      header: 'Last used',
      visibleFrom: 'md',
      onPhone: 'label',
      width: 'sm:w-30',
      cell: (key) => (
        <span className="text-ink-2">{key.lastUsedAt === null ? 'Never' : <Time at={key.lastUsedAt} />}</span>
      ),
    },
    {
      header: 'Actions',
      onPhone: 'corner',
      align: 'right',
      width: 'sm:w-26',
      cell: (key) =>
        key.revokedAt === null && (
          <Button size="small" variant="danger" onClick={() => onRevoke(key)}>
            Revoke<span className="sr-only"> {key.name}</span>
          </Button>
        ),
    },
  ];
}

const appColumn: Column<KeyView> = {
  header: 'App',
  visibleFrom: 'xl',
  width: 'sm:w-36',
  cell: (key) =>
    key.appId === null ? (
      <span className="text-ink-2">All</span>
    ) : (
      <code className="font-mono text-[0.8rem] text-ink-2">{key.appId}</code>
    ),
};

function Scopes({ scopes }: { readonly scopes: readonly Scope[] }) {
  return (
    <span
      className="block max-w-60 truncate text-ink-2"
      title={scopes.map((scope) => scopeLabels[scope]).join('\n')}
    >
      {scopes.includes('*') ? 'Full access' : scopes.join(', ')}
    </span>
  );
}
