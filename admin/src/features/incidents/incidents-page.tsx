import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { IncidentState } from '@tocsin/shared';
import { AccountFilter } from '../../components/filters/account-filter.tsx';
import { AppFilter } from '../../components/filters/app-filter.tsx';
import { Card, CardToolbar } from '../../components/ui/card.tsx';
import { Page } from '../../components/ui/page.tsx';
import { SegmentedControl } from '../../components/ui/segmented-control.tsx';
import { pluralize } from '../../lib/format.ts';
import { healthFilters } from '../../lib/health-filter.ts';
import { formatLeast } from '../../lib/incident-text.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { IncidentList } from './incident-list.tsx';
import { UnhealthyList } from './unhealthy-list.tsx';

const incidentTabs = [
  { value: 'open', label: 'Open' },
  { value: 'closed', label: 'Recovered' },
] as const satisfies readonly { value: IncidentState; label: string }[];

const webhookTabs = (['failing', 'paused', 'auto_disabled', 'switched_off'] as const).map((value) => ({
  value,
  label: healthFilters[value].label,
}));

/** Failures grouped by webhook and reason, and the webhooks that are not healthy. */
export function IncidentsPage() {
  const [{ account, app, show, cursor }, set] = useUrlState(['account', 'app', 'show', 'cursor']);
  const webhooks = webhookTabs.find(({ value }) => value === show)?.value;
  const state = incidentTabs.find(({ value }) => value === show)?.value ?? 'open';
  const select = (value: string) => set({ show: value === 'open' ? undefined : value });
  const onPage = (next: string | undefined) => set({ cursor: next });
  return (
    <Page title="Incidents" subtitle={<OpenCount account={account} app={app} />}>
      <Card flush>
        <CardToolbar>
          <SegmentedControl
            label="Incidents or webhooks"
            value={webhooks ?? state}
            options={[...incidentTabs, ...webhookTabs]}
            onChange={select}
          />
          <AccountFilter
            value={account}
            placeholder="Account: all"
            onChange={(value) => set({ account: value, app: undefined })}
          />
          <AppFilter value={app} accountId={account} onChange={(value) => set({ app: value })} />
        </CardToolbar>
        {webhooks === undefined ? (
          <IncidentList state={state} account={account} app={app} cursor={cursor} onPage={onPage} />
        ) : (
          <UnhealthyList filter={webhooks} account={account} app={app} cursor={cursor} onPage={onPage} />
        )}
      </Card>
    </Page>
  );
}

function OpenCount({
  account,
  app,
}: {
  readonly account: string | undefined;
  readonly app: string | undefined;
}) {
  const count = useQuery(
    trpc.incidents.count.queryOptions(
      { accountId: account, appId: app },
      { refetchInterval: pollMs.fast, placeholderData: keepPreviousData },
    ),
  );
  if (count.data === undefined) return 'Failed attempts, grouped by webhook and reason.';
  const { open, snoozed, isCapped } = count.data;
  if (open === 0) return 'No open incident: the last attempts to all webhooks succeeded.';
  const all = isCapped ? `${formatLeast(open, isCapped)} incidents` : pluralize(open, 'incident');
  return `${all} open${snoozed === 0 ? '' : `, ${formatLeast(snoozed, false)} of them snoozed`}. The worst first.`;
}
