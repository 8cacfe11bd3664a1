import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { LimitUsage } from '@tocsin/shared';
import { useState } from 'react';
import { AccountFilter } from '../../components/filters/account-filter.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, type Column } from '../../components/ui/data-table.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Time } from '../../components/ui/time.tsx';
import { formatCount } from '../../lib/format.ts';
import { limitLabels } from '../../lib/labels.ts';
import { pollMs, trpc } from '../../lib/trpc.ts';
import { UsageMeter } from './usage-meter.tsx';

/** The limits of an account and how much of each is used. The operator selects the account. */
export function UsageCard() {
  const [accountId, setAccountId] = useState<string>();
  const usage = useQuery(
    trpc.accounts.usage.queryOptions(accountId === undefined ? {} : { accountId }, {
      placeholderData: keepPreviousData,
      refetchInterval: pollMs.slow,
    }),
  );
  const limited = usage.data?.limits.filter(({ limit }) => limit !== null);
  return (
    <Card
      flush
      title="Usage of the account"
      hint="All keys of an account share its limits."
      actions={<AccountFilter value={accountId} onChange={setAccountId} />}
    >
      <DataTable
        label="Usage of the account"
        items={limited}
        query={usage}
        getRowKey={({ name }) => name}
        skeletonRows={8}
        empty={
          <EmptyNotice title="No limits">
            This account may have and do as much as it likes. The rate of each key still applies.
          </EmptyNotice>
        }
        columns={columns}
      />
    </Card>
  );
}

const columns: readonly Column<LimitUsage>[] = [
  { header: 'Limit', grow: true, cell: ({ name }) => limitLabels[name] },
  {
    header: 'Used',
    cell: ({ used, limit, burst }) => <UsageMeter used={used} limit={burst ?? limit ?? 0} />,
  },
  {
    header: 'Resets',
    visibleFrom: 'md',
    cell: ({ resetsAt }) => (
      <span className="text-ink-2">{resetsAt === null ? '–' : <Time at={resetsAt} />}</span>
    ),
  },
  {
    header: 'Default',
    visibleFrom: 'lg',
    align: 'right',
    cell: ({ limit, defaultLimit }) => (
      <span className="text-ink-2">{limit === defaultLimit ? '–' : toLimitText(defaultLimit)}</span>
    ),
  },
];

function toLimitText(limit: number | null): string {
  return limit === null ? 'no limit' : formatCount(limit);
}
