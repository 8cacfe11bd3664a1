import type { KeyView, Scope } from '@tocsin/shared';
import { useMemo, useState, type ReactNode } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { accountColumn } from '../../components/account-column.tsx';
import { useSearchFilters } from '../../components/filters/search-toolbar.tsx';
import { SearchedTable } from '../../components/filters/searched-table.tsx';
import type { Column } from '../../components/ui/data-table.tsx';
import { NameAndId } from '../../components/ui/name-and-id.tsx';
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
      <SearchedTable
        label="API keys"
        noun="key"
        filters={filters}
        query={list}
        items={items}
        total={total}
        columns={columns}
        empty={{
          text: 'Create a separate key for each service, so that you can revoke them individually.',
          action: emptyAction,
        }}
      />
      <RevokeKeyDialog apiKey={keyToRevoke} onClose={() => setKeyToRevoke(undefined)} />
      {/* Where it begins is known once the list has its height. */}
      {(items !== undefined || list.error !== null) && after}
    </>
  );
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
      width: 'sm:w-40',
      cell: (key) => <Scopes scopes={key.scopes} />,
    },
    appColumn,
    ...(hasAccounts ? [accountColumn] : []),
    {
      header: 'Last used',
      visibleFrom: 'md',
      onPhone: 'label',
      width: 'sm:w-28',
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
  width: 'sm:w-32',
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
