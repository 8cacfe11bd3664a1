import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { Pager } from '../../components/ui/data-table.tsx';
import { EmptyNotice, EmptyPage, GonePosition } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { useCan } from '../../lib/session.ts';
import { toListPosition } from '../../lib/list-position.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { toHref, useUrlState } from '../../lib/url-state.ts';
import { EventFilters } from './event-filters.tsx';
import { EventsTable } from './events-table.tsx';

export function EventsPage() {
  const can = useCan();
  const [{ app, type, since, until, cursor: given }, set] = useUrlState([
    'app',
    'type',
    'since',
    'until',
    'cursor',
  ]);
  const { cursor, isGone } = toListPosition('events', given);
  const events = useQuery(
    trpc.events.list.queryOptions(
      { appId: app, event: type, since, until, cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && pollMs.fast },
    ),
  );
  const isFiltered = [app, type, since, until].some((value) => value !== undefined);
  return (
    <Page
      title="Events"
      subtitle="Accepted events, newest first. Open an event to see its status at every webhook."
      actions={
        can('events:publish') && (
          <ButtonLink
            href={toHref('/events/publish', { app, type })}
            icon={<Send aria-hidden className="size-4" />}
          >
            Publish test event
          </ButtonLink>
        )
      }
    >
      <Card flush>
        <EventFilters filters={{ app, type, since, until }} onChange={set} />
        <GonePosition isGone={isGone} />
        <EventsTable
          events={events.data?.items}
          query={events}
          empty={
            <EmptyPage
              cursor={cursor}
              nextCursor={events.data?.nextCursor}
              onFirst={() => set({ cursor: undefined })}
            >
              {isFiltered ? (
                <EmptyNotice title="No events match these filters" />
              ) : (
                <EmptyNotice title="No events yet">Published events appear here.</EmptyNotice>
              )}
            </EmptyPage>
          }
        />
        <Pager
          cursor={cursor}
          nextCursor={events.data?.nextCursor}
          isOutdated={events.isPlaceholderData}
          onChange={(next) => set({ cursor: next })}
        />
      </Card>
    </Page>
  );
}
