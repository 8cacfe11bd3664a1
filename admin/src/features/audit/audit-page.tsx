import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { Card, CardToolbar } from '../../components/ui/card.tsx';
import { Pager } from '../../components/ui/data-table.tsx';
import { FilterSelect } from '../../components/ui/field.tsx';
import { EmptyNotice, EmptyPage } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { AuditTable, type AuditEntry } from './audit-table.tsx';

const actions = [
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'webhook.tested',
  'webhook.secret_rotated',
  'webhook.disabled',
  'delivery.retried',
  'deliveries.retried',
  'deliveries.replayed',
  'deliveries.cancelled',
  'app.created',
  'app.deleted',
  'app.erased',
  'key.created',
  'key.revoked',
  'account.created',
  'account.limits_changed',
  'encryption_key.rotated',
] as const satisfies readonly AuditEntry['action'][];

export function AuditPage() {
  const [{ app, action, cursor }, set] = useUrlState(['app', 'action', 'cursor']);
  const entries = useQuery(
    trpc.auditLog.list.queryOptions(
      { appId: app, action: actions.find((known) => known === action), cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && pollMs.slow },
    ),
  );
  return (
    <Page title="Audit log" subtitle="Who changed what, when and from where. Secrets are never recorded.">
      <Card flush>
        <CardToolbar>
          <AppFilter value={app} onChange={(value) => set({ app: value })} />
          <FilterSelect
            label="Action"
            value={action}
            options={actions.map((value) => ({ value, label: value }))}
            onChange={(value) => set({ action: value })}
          />
        </CardToolbar>
        <AuditTable
          entries={entries.data?.items}
          query={entries}
          empty={
            <EmptyPage
              cursor={cursor}
              nextCursor={entries.data?.nextCursor}
              onFirst={() => set({ cursor: undefined })}
            >
              <EmptyNotice
                title={
                  app === undefined && action === undefined
                    ? 'No entries yet'
                    : 'No entries match these filters'
                }
              />
            </EmptyPage>
          }
        />
        <Pager
          cursor={cursor}
          nextCursor={entries.data?.nextCursor}
          isOutdated={entries.isPlaceholderData}
          onChange={(next) => set({ cursor: next })}
        />
      </Card>
    </Page>
  );
}
