import type { KeyView, Scope } from '@tocsin/shared';
import { useMemo, useState, type ReactNode } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { AccountName } from '../../components/account-name.tsx';
import { AccountFilter } from '../../components/filters/account-filter.tsx';
import { Card, CardToolbar } from '../../components/ui/card.tsx';
import type { Column } from '../../components/ui/data-table.tsx';
import { EndlessTable } from '../../components/ui/endless-table.tsx';
import { NameAndId } from '../../components/ui/name-and-id.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { SearchField } from '../../components/ui/search-field.tsx';
import { Time } from '../../components/ui/time.tsx';
import { scopeLabels } from '../../lib/labels.ts';
import { useSession } from '../../lib/session.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { useKeyList } from './use-key-list.ts';
import { KeyStateBadge } from './key-state-badge.tsx';
import { RevokeKeyDialog } from './revoke-key-dialog.tsx';

/** All API keys. Each one can be revoked from its row. */
export function KeysTable({ emptyAction }: { readonly emptyAction: ReactNode }) {
  const { actor } = useSession();
  const [{ search, account }, set] = useUrlState(['search', 'account']);
  const [keyToRevoke, setKeyToRevoke] = useState<KeyView>();
  const { list, items, total } = useKeyList({ search, accountId: account });
  const hasAccounts = actor.kind === 'root';
  const columns = useMemo(() => createColumns({ hasAccounts, onRevoke: setKeyToRevoke }), [hasAccounts]);
  const isFiltered = search !== undefined || account !== undefined;
  const clear = () => set({ search: undefined, account: undefined });
  return (
    <Card flush>
      <CardToolbar>
        <SearchField
          label="Search API keys"
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
      </CardToolbar>
      <EndlessTable
        label="API keys"
        items={items}
        total={total}
        query={list}
        filterKey={`${search ?? ''} ${account ?? ''}`}
        getRowKey={getId}
        empty={
          isFiltered ? (
            <EmptyNotice title="No keys match" action={<Button onClick={clear}>Clear filters</Button>}>
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
    { header: 'Status', width: 'sm:w-32', cell: (key) => <KeyStateBadge apiKey={key} /> },
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

const accountColumn: Column<KeyView> = {
  header: 'Account',
  visibleFrom: 'lg',
  onPhone: 'label',
  width: 'sm:w-36',
  cell: (key) => (
    <span className="text-ink-2">
      <AccountName id={key.accountId} />
    </span>
  ),
};

function Scopes({ scopes }: { readonly scopes: readonly Scope[] }) {
  return (
    <span
      className="block max-w-64 truncate text-ink-2"
      title={scopes.map((scope) => scopeLabels[scope]).join('\n')}
    >
      {scopes.includes('*') ? 'Full access' : scopes.join(', ')}
    </span>
  );
}
