import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Button } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { Pager } from '../../components/ui/data-table.tsx';
import { EmptyNotice, EmptyPage, GonePosition } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { toListPosition } from '../../lib/list-position.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { AuditFilters } from './audit-filters.tsx';
import { AuditList } from './audit-list.tsx';
import { hasFilter, useAuditFilter, useAuditView } from './audit-view.ts';
import { ExportMenu } from './export-menu.tsx';

export function AuditPage() {
  const [view, set] = useAuditView();
  const { cursor, isGone } = toListPosition('auditLog', view.cursor);
  const filter = useAuditFilter(view);
  const entries = useQuery(
    trpc.auditLog.list.queryOptions(
      { ...filter, cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && pollMs.slow },
    ),
  );
  const showAll = () =>
    set({
      app: undefined,
      actor: undefined,
      action: undefined,
      target: undefined,
      span: undefined,
      since: undefined,
      until: undefined,
    });
  return (
    <Page
      title="Audit log"
      subtitle="Who changed what, when and from where. Secrets are never recorded."
      actions={<ExportMenu filter={filter} />}
    >
      <Card flush>
        <AuditFilters view={view} set={set} />
        <GonePosition isGone={isGone} />
        <AuditList
          entries={entries.data?.items}
          query={entries}
          empty={
            <EmptyPage
              cursor={cursor}
              nextCursor={entries.data?.nextCursor}
              onFirst={() => set({ cursor: undefined })}
            >
              {hasFilter(view) ? (
                <EmptyNotice
                  title="No entries match these filters"
                  action={<Button onClick={showAll}>Remove filters</Button>}
                />
              ) : (
                <EmptyNotice title="No entries yet">Every change appears here.</EmptyNotice>
              )}
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
