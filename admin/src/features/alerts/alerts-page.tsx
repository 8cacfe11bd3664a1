import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { SegmentedControl } from '../../components/ui/segmented-control.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { useCan, useSession } from '../../lib/session.ts';
import { trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { ChannelsCard } from './channels-card.tsx';
import { HistoryCard } from './history-card.tsx';
import { RulesCard } from './rules-card.tsx';

const tabs = [
  { value: 'rules', label: 'Rules' },
  { value: 'channels', label: 'Channels' },
  { value: 'history', label: 'History' },
] as const;

export function AlertsPage() {
  const { actor } = useSession();
  const [{ tab = 'rules' }, set] = useUrlState(['tab', 'cursor', 'status']);
  return (
    <Page
      title="Alerts"
      subtitle="Messages to chat, e-mail or a webhook when a webhook fails, and when it works again."
    >
      {actor.appId === null ? (
        <Tab
          name={tab}
          tabs={
            <SegmentedControl
              label="Show"
              value={tabs.find(({ value }) => value === tab)?.value ?? 'rules'}
              options={tabs}
              onChange={(value) => set({ tab: value, cursor: undefined, status: undefined })}
            />
          }
        />
      ) : (
        <EmptyNotice title="Alerts belong to the account">
          This key is bound to the app {actor.appId}. Sign in with a key of the whole account.
        </EmptyNotice>
      )}
    </Page>
  );
}

function Tab({ name, tabs: bar }: { readonly name: string; readonly tabs: ReactNode }): ReactNode {
  const can = useCan();
  const { actor } = useSession();
  const settings = useQuery(trpc.alerts.settings.queryOptions());
  const isAllowed = actor.kind === 'root' || settings.data?.accounts === true;
  // Until the settings are known, nothing is offered that could be rejected.
  const canCreate = can('webhooks:write') && isAllowed;
  const parts = {
    tabs: bar,
    canChange: can('webhooks:write'),
    canCreate,
    hasEmail: settings.data?.email === true,
    isOff: settings.data !== undefined && !isAllowed,
  };
  if (name === 'channels') return <ChannelsCard {...parts} />;
  return name === 'history' ? (
    <HistoryCard tabs={bar} />
  ) : (
    <RulesCard {...parts} isOperator={actor.kind === 'root'} />
  );
}
