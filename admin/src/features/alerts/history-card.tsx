import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { toReasonLabel, type AlertMessageView } from '@tocsin/shared';
import type { ReactNode } from 'react';
import { Badge, type Tone } from '../../components/ui/badge.tsx';
import { CardToolbar } from '../../components/ui/card.tsx';
import { DataTable, Pager, type Column } from '../../components/ui/data-table.tsx';
import { FilterSelect } from '../../components/ui/field.tsx';
import { EmptyNotice, EmptyPage, GonePosition } from '../../components/ui/notice.tsx';
import { ScopedLink } from '../../components/scoped-link.tsx';
import { Time } from '../../components/ui/time.tsx';
import { formatCount } from '../../lib/format.ts';
import { toListPosition } from '../../lib/list-position.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { alertKindLabels, channelKindLabels, messageKindLabels } from './alert-labels.ts';
import { TabbedCard } from './tabbed-card.tsx';

const statuses = ['waiting', 'sent', 'failed'] as const;

const statusLabels = { waiting: 'Waiting', sent: 'Sent', failed: 'Failed' } as const;

/** What was sent to which channel, with the result. */
export function HistoryCard({
  tabs,
  accountId,
}: {
  readonly tabs: ReactNode;
  readonly accountId: string | undefined;
}) {
  const [{ status, cursor: given }, set] = useUrlState(['status', 'cursor']);
  const { cursor, isGone } = toListPosition('alertHistory', given);
  const messages = useQuery(
    trpc.alerts.history.queryOptions(
      { accountId, status: statuses.find((known) => known === status), cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: cursor === undefined && pollMs.slow },
    ),
  );
  return (
    <TabbedCard tabs={tabs}>
      <CardToolbar>
        <FilterSelect
          label="Status"
          value={status}
          options={statuses.map((value) => ({ value, label: statusLabels[value] }))}
          onChange={(value) => set({ status: value, cursor: undefined })}
        />
      </CardToolbar>
      <GonePosition isGone={isGone} />
      <DataTable
        label="Sent alerts"
        items={messages.data?.items}
        query={messages}
        getRowKey={({ id }) => id}
        empty={
          <EmptyPage
            cursor={cursor}
            nextCursor={messages.data?.nextCursor}
            onFirst={() => set({ cursor: undefined })}
          >
            <EmptyNotice title={status === undefined ? 'No alerts were sent' : 'No alerts with this status'}>
              Messages of the last 90 days appear here, with what became of them.
            </EmptyNotice>
          </EmptyPage>
        }
        columns={columns}
      />
      <Pager
        cursor={cursor}
        nextCursor={messages.data?.nextCursor}
        isOutdated={messages.isPlaceholderData}
        onChange={(next) => set({ cursor: next })}
      />
    </TabbedCard>
  );
}

const tones: Readonly<Record<AlertMessageView['status'], Tone>> = {
  waiting: 'warn',
  sent: 'ok',
  failed: 'bad',
};

const columns: readonly Column<AlertMessageView>[] = [
  {
    header: 'Alert',
    grow: true,
    cell: (message) => (
      <>
        <span className="block truncate font-medium">
          {message.alert === null ? 'Test message' : alertKindLabels[message.alert]}
          {message.count > 1 && ` (${message.count})`}
        </span>
        <Targets {...message} />
      </>
    ),
  },
  {
    header: 'Message',
    visibleFrom: 'md',
    onPhone: 'label',
    cell: ({ kind }) => messageKindLabels[kind],
  },
  {
    header: 'Channel',
    visibleFrom: 'sm',
    onPhone: 'label',
    cell: ({ channelName, channelKind }) => (
      <span className="flex max-w-48 min-w-0 text-ink-2 max-sm:inline-flex max-sm:gap-1.5 max-sm:align-bottom sm:flex-col lg:max-xl:max-w-36">
        <bdi className="truncate text-left" title={channelName}>
          {channelName}
        </bdi>
        <span className="shrink-0 text-ink-3 sm:text-[0.8rem]">{channelKindLabels[channelKind]}</span>
      </span>
    ),
  },
  {
    header: 'Status',
    onPhone: 'text',
    cell: ({ status, error, tries, nextAt }) => (
      <>
        <Badge tone={tones[status]}>{statusLabels[status]}</Badge>
        {error !== null && (
          <span
            className="mt-1 block text-[0.8rem] whitespace-normal text-ink-3 first-letter:uppercase sm:w-44 xl:w-72"
            title={error}
          >
            <span className="block">{toReasonLabel(error)}</span>
            {/* On a line of its own, so that the time does not break it while it runs. */}
            <span className="block truncate">
              {tries === 1 ? '1 try' : `${tries} tries`}
              {nextAt !== null && (
                <>
                  , next <Time at={nextAt} />
                </>
              )}
            </span>
          </span>
        )}
      </>
    ),
  },
  {
    header: 'Time',
    align: 'right',
    visibleFrom: 'sm',
    onPhone: 'label',
    cell: ({ at }) => (
      <span className="text-ink-2">
        <Time at={at} />
      </span>
    ),
  },
];

function Targets({ targets, count }: Pick<AlertMessageView, 'targets' | 'count'>) {
  const [first] = targets;
  if (first === undefined) return null;
  return (
    <span className="block truncate text-[0.8rem] text-ink-3">
      {first.webhookId === null ? (
        <bdi>{first.detail}</bdi>
      ) : (
        <ScopedLink scope="webhooks:read" href={`/webhooks/${first.webhookId}`}>
          <bdi>{first.label}</bdi>
        </ScopedLink>
      )}
      {count > 1 && ` and ${formatCount(count - 1)} more`}
    </span>
  );
}
