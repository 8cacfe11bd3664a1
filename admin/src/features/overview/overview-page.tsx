import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { Card } from '../../components/ui/card.tsx';
import { ErrorNotice, RefreshError } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { SegmentedControl } from '../../components/ui/segmented-control.tsx';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { ActivityChart } from './activity-chart.tsx';
import { IncidentsCard } from './incidents-card.tsx';
import { ActivityStats, DeliveryStats } from './overview-stats.tsx';
import { StatusSummary } from './status-summary.tsx';
import { IndexNotices } from './system-problems.tsx';

const periods = [
  { value: '1', hours: 1, label: '1 h', name: 'the last hour' },
  { value: '24', hours: 24, label: '24 h', name: 'the last 24 hours' },
  { value: '168', hours: 168, label: '7 d', name: 'the last 7 days' },
] as const;

export function OverviewPage() {
  const [{ app, hours = '24' }, set] = useUrlState(['app', 'hours']);
  const period = periods.find(({ value }) => value === hours) ?? periods[1];
  const stats = useQuery(
    trpc.system.stats.queryOptions(
      { appId: app, hours: period.hours },
      { refetchInterval: pollMs.fast, placeholderData: keepPreviousData },
    ),
  );
  const { data } = stats;
  return (
    <Page
      title="Overview"
      subtitle={
        // Of one size for every sentence and font, so that nothing around it moves.
        <span className="block min-h-[3em] max-w-full sm:w-[22rem] xl:min-h-[1.5em] xl:w-[40rem]">
          {data === undefined ? (
            'Loading…'
          ) : (
            <StatusSummary stats={data} app={app} periodName={period.name} />
          )}
        </span>
      }
      actions={
        <>
          <AppFilter value={app} onChange={(value) => set({ app: value })} />
          <SegmentedControl
            label="Period"
            value={period.value}
            options={periods}
            onChange={(value) => set({ hours: value === '24' ? undefined : value })}
          />
        </>
      }
    >
      {data === undefined && stats.error !== null ? (
        <Card flush>
          <ErrorNotice error={stats.error} onRetry={() => void stats.refetch()} />
        </Card>
      ) : (
        <>
          <RefreshError error={stats.error} />
          <DeliveryStats stats={data} app={app} />
          <ActivityStats stats={data} app={app} periodName={period.name} />
          <Card title="Attempts and backlog" hint={`In ${period.name}, in your time zone`}>
            <ActivityChart label={`Activity in ${period.name}`} points={data?.series} />
          </Card>
          {/* Last, because their heights are not known before. */}
          <IncidentsCard app={app} />
          {data !== undefined && <IndexNotices indexes={data.indexes} />}
        </>
      )}
    </Page>
  );
}
