import type { KeyView, Scope } from '@tocsin/shared';
import { useMemo, useState, type ReactNode } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { AppName } from '../../components/app-name.tsx';
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
      cell: (key) => <Scopes scopes={key.scopes} appId={key.appId} />,
    },
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
      header: 'Created',
      visibleFrom: 'xl',
      onPhone: 'label',
      width: 'sm:w-28',
      sorted: 'descending',
      cell: (key) => (
        <span className="text-ink-2">
          <Time at={key.createdAt} />
        </span>
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

function Scopes({ scopes, appId }: { readonly scopes: readonly Scope[]; readonly appId: string | null }) {
  return (
    <span
      className="block max-w-60 truncate text-ink-2"
      title={scopes.map((scope) => scopeLabels[scope]).join('\n')}
    >
      {scopes.includes('*') ? 'Full access' : scopes.join(', ')}
      {appId !== null && (
        <span className="block truncate text-xs text-ink-3">
          App <AppName id={appId} />
        </span>
      )}
    </span>
  );
}
