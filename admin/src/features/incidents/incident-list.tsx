import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { IncidentState } from '@tocsin/shared';
import { IncidentsTable } from '../../components/incidents/incidents-table.tsx';
import { Pager } from '../../components/ui/data-table.tsx';
import { EmptyNotice, EmptyPage, GonePosition } from '../../components/ui/notice.tsx';
import { toListPosition } from '../../lib/list-position.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { IncidentMenu } from './incident-menu.tsx';

interface ListProps {
  readonly account: string | undefined;
  readonly app: string | undefined;
  readonly cursor: string | undefined;
  readonly onPage: (cursor: string | undefined) => void;
}

export function IncidentList({
  state,
  account,
  app,
  cursor: given,
  onPage,
}: ListProps & { readonly state: IncidentState }) {
  const { cursor, isGone } = toListPosition('incidents', given);
  const incidents = useQuery(
    trpc.incidents.list.queryOptions(
      { state, accountId: account, appId: app, cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && pollMs.fast },
    ),
  );
  return (
    <>
      <GonePosition isGone={isGone} />
      <IncidentsTable
        incidents={incidents.data?.items}
        query={incidents}
        skeletonRows={8}
        renderActions={(incident) => <IncidentMenu incident={incident} />}
        empty={
          <EmptyPage
            cursor={cursor}
            nextCursor={incidents.data?.nextCursor}
            onFirst={() => onPage(undefined)}
          >
            {state === 'open' ? (
              <EmptyNotice title="No open incidents">
                Failed attempts appear here, grouped by webhook, reason and status.
              </EmptyNotice>
            ) : (
              <EmptyNotice title="No recovered incidents">
                Incidents stay here for 30 days after their last failure.
              </EmptyNotice>
            )}
          </EmptyPage>
        }
      />
      <Pager
        cursor={cursor}
        nextCursor={incidents.data?.nextCursor}
        isOutdated={incidents.isPlaceholderData}
        labels={state === 'open' ? { first: 'Worst', next: 'More' } : { first: 'Newest', next: 'Older' }}
        onChange={onPage}
      />
    </>
  );
}
