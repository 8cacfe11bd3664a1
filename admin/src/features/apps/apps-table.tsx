import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import type { AppView, WebhookView } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { AccountName } from '../../components/account-name.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, Pager, type Column } from '../../components/ui/data-table.tsx';
import { EmptyNotice, EmptyPage } from '../../components/ui/notice.tsx';
import { Time } from '../../components/ui/time.tsx';
import { useSession } from '../../lib/session.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { HealthSummary } from './health-summary.tsx';

/** Each row lists its webhooks with a separate call, which counts against the key's rate limit. */
const appsPerPage = 20;

/** All apps, with the health of their webhooks. */
export function AppsTable({ emptyAction }: { readonly emptyAction: ReactNode }) {
  const { actor } = useSession();
  const [{ cursor }, set] = useUrlState(['cursor']);
  const apps = useQuery(
    trpc.apps.list.queryOptions({ limit: appsPerPage, cursor }, { placeholderData: keepPreviousData }),
  );
  const webhooks = useQueries({
    queries: (apps.data?.items ?? []).map((app) =>
      trpc.webhooks.list.queryOptions({ appId: app.id }, { refetchInterval: pollMs.slow }),
    ),
  });
  const webhooksByApp = new Map(apps.data?.items.map((app, index) => [app.id, webhooks[index]?.data?.items]));
  return (
    <Card flush>
      <DataTable
        label="Apps"
        items={apps.data?.items}
        query={apps}
        getRowKey={(app) => app.id}
        getRowHref={(app) => `/apps/${encodeURIComponent(app.id)}`}
        empty={
          <EmptyPage
            cursor={cursor}
            nextCursor={apps.data?.nextCursor}
            onFirst={() => set({ cursor: undefined })}
          >
            <EmptyNotice title="No apps yet" action={emptyAction}>
              Create an app to publish events.
            </EmptyNotice>
          </EmptyPage>
        }
        columns={createColumns({ webhooksByApp, hasAccounts: actor.kind === 'root' })}
      />
      <Pager
        cursor={cursor}
        nextCursor={apps.data?.nextCursor}
        isOutdated={apps.isPlaceholderData}
        onChange={(next) => set({ cursor: next })}
      />
    </Card>
  );
}

function createColumns({
  webhooksByApp,
  hasAccounts,
}: {
  readonly webhooksByApp: ReadonlyMap<string, readonly WebhookView[] | undefined>;
  readonly hasAccounts: boolean;
}): readonly Column<AppView>[] {
  return [
    {
      header: 'App',
      grow: true,
      cell: (app) => (
        <>
          <bdi className="font-medium">{app.name}</bdi>{' '}
          <code className="ml-1 font-mono text-[0.8rem] text-ink-3">{app.id}</code>
        </>
      ),
    },
    { header: 'Webhooks', cell: (app) => <HealthSummary webhooks={webhooksByApp.get(app.id)} /> },
    ...(hasAccounts ? [accountColumn] : []),
    {
      header: 'Created',
      visibleFrom: 'md',
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
  cell: (app) => (
    <span className="text-ink-2">
      <AccountName id={app.accountId} />
    </span>
  ),
};
