import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { KeyView, Scope } from '@tocsin/shared';
import { useState, type ReactNode } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { AccountName } from '../../components/account-name.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, Pager, type Column } from '../../components/ui/data-table.tsx';
import { EmptyNotice, EmptyPage } from '../../components/ui/notice.tsx';
import { Time } from '../../components/ui/time.tsx';
import { scopeLabels } from '../../lib/labels.ts';
import { useSession } from '../../lib/session.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { KeyStateBadge } from './key-state-badge.tsx';
import { RevokeKeyDialog } from './revoke-key-dialog.tsx';

/** All API keys. Each one can be revoked from its row. */
export function KeysTable({ emptyAction }: { readonly emptyAction: ReactNode }) {
  const { actor } = useSession();
  const [{ cursor }, set] = useUrlState(['cursor']);
  const [keyToRevoke, setKeyToRevoke] = useState<KeyView>();
  const keys = useQuery(
    trpc.keys.list.queryOptions(
      { cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: pollMs.slow },
    ),
  );
  return (
    <Card flush>
      <DataTable
        label="API keys"
        items={keys.data?.items}
        query={keys}
        getRowKey={(key) => key.id}
        empty={
          <EmptyPage
            cursor={cursor}
            nextCursor={keys.data?.nextCursor}
            onFirst={() => set({ cursor: undefined })}
          >
            <EmptyNotice title="No keys yet" action={emptyAction}>
              Create a separate key for each service, so that you can revoke them individually.
            </EmptyNotice>
          </EmptyPage>
        }
        columns={createColumns({ hasAccounts: actor.kind === 'root', onRevoke: setKeyToRevoke })}
      />
      <Pager
        cursor={cursor}
        nextCursor={keys.data?.nextCursor}
        isOutdated={keys.isPlaceholderData}
        onChange={(next) => set({ cursor: next })}
      />
      <RevokeKeyDialog apiKey={keyToRevoke} onClose={() => setKeyToRevoke(undefined)} />
    </Card>
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
      cell: (key) => (
        <>
          <bdi className="font-medium">{key.name}</bdi>{' '}
          <code className="ml-1 font-mono text-[0.8rem] text-ink-3">{key.prefix}…</code>
        </>
      ),
    },
    { header: 'Status', cell: (key) => <KeyStateBadge apiKey={key} /> },
    { header: 'Scopes', visibleFrom: 'xl', onPhone: 'value', cell: (key) => <Scopes scopes={key.scopes} /> },
    appColumn,
    ...(hasAccounts ? [accountColumn] : []),
    {
      header: 'Last used',
      visibleFrom: 'md',
      onPhone: 'label',
      cell: (key) => (
        <span className="text-ink-2">{key.lastUsedAt === null ? 'Never' : <Time at={key.lastUsedAt} />}</span>
      ),
    },
    {
      header: 'Created',
      visibleFrom: 'xl',
      cell: (key) => (
        <span className="text-ink-2">
          <Time at={key.createdAt} />
        </span>
      ),
    },
    {
      header: 'Actions',
      align: 'right',
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
