import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { AccountFilter } from '../../components/filters/account-filter.tsx';
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
  const [{ tab = 'rules', account }, set] = useUrlState(['tab', 'account', 'cursor', 'status']);
  return (
    <Page
      title="Alerts"
      subtitle="Messages to chat, e-mail or a webhook when a webhook fails, and when it works again."
    >
      {actor.appId === null ? (
        <Tab
          name={tab}
          accountId={actor.kind === 'root' ? account : undefined}
          tabs={
            <div className="flex min-w-0 flex-wrap items-center gap-2">
              <SegmentedControl
                label="Show"
                value={tabs.find(({ value }) => value === tab)?.value ?? 'rules'}
                options={tabs}
                onChange={(value) => set({ tab: value, cursor: undefined, status: undefined })}
              />
              <AccountFilter
                value={account}
                placeholder="Alerts of the operator"
                onChange={(next) => set({ account: next })}
              />
            </div>
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

function Tab({
  name,
  accountId,
  tabs: bar,
}: {
  readonly name: string;
  readonly accountId: string | undefined;
  readonly tabs: ReactNode;
}): ReactNode {
  const can = useCan();
  const { actor } = useSession();
  const settings = useQuery(trpc.alerts.settings.queryOptions());
  // The operator has alerts of its own on every server.
  const isOperator = actor.kind === 'root' && accountId === undefined;
  const isAllowed = isOperator || settings.data?.accounts === true;
  // Until the settings are known, nothing is offered that could be rejected.
  const canCreate = can('webhooks:write') && isAllowed;
  const parts = {
    tabs: bar,
    accountId,
    canChange: can('webhooks:write'),
    canCreate,
    hasEmail: settings.data?.email === true,
    isOff: settings.data !== undefined && !isAllowed,
  };
  if (name === 'channels') return <ChannelsCard {...parts} />;
  return name === 'history' ? (
    <HistoryCard tabs={bar} accountId={accountId} />
  ) : (
    <RulesCard {...parts} isOperator={isOperator} />
  );
}
