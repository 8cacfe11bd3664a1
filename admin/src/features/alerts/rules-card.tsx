import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import type { AlertRuleView } from '@tocsin/shared';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Badge } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { DataTable, Pager, type Column } from '../../components/ui/data-table.tsx';
import { ConfirmDialog } from '../../components/ui/dialog.tsx';
import { EmptyNotice, EmptyPage, GonePosition } from '../../components/ui/notice.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { toListPosition } from '../../lib/list-position.ts';
import { newestFirst } from '../../lib/newest-first.ts';
import { pollMs, queryClient, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { describeRule } from './alert-labels.ts';
import type { AlertRights } from './channels-card.tsx';
import { RuleDialog } from './rule-dialog.tsx';
import { TabbedCard } from './tabbed-card.tsx';

/** When alerts are sent. */
export function RulesCard({
  tabs,
  accountId,
  canChange,
  canCreate,
  isOff,
  isOperator,
}: AlertRights & { readonly isOperator: boolean }) {
  const [{ cursor: given }, set] = useUrlState(['cursor', 'tab']);
  const { cursor, isGone } = toListPosition('alertRules', given);
  const [edited, setEdited] = useState<AlertRuleView | 'new'>();
  const [toDelete, setToDelete] = useState<AlertRuleView>();
  const rules = useQuery(
    trpc.alertRules.list.queryOptions(
      { accountId, cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: pollMs.slow, select: newestFirst },
    ),
  );
  const channels = useQuery(trpc.alertChannels.list.queryOptions({ accountId, limit: 200 }));
  const names = new Map(channels.data?.items.map(({ id, name }) => [id, name]));
  const hasChannels = channels.data?.items.length !== 0;
  const create =
    canCreate &&
    (hasChannels ? (
      <Button
        variant="primary"
        icon={<Plus aria-hidden className="size-4" />}
        onClick={() => setEdited('new')}
      >
        New rule
      </Button>
    ) : (
      <Button variant="primary" onClick={() => set({ tab: 'channels' })}>
        Create a channel first
      </Button>
    ));
  return (
    <TabbedCard tabs={tabs} action={rules.data?.items.length !== 0 && create}>
      <GonePosition isGone={isGone} />
      <DataTable
        label="Alert rules"
        items={rules.data?.items}
        query={rules}
        getRowKey={({ id }) => id}
        skeletonRows={3}
        empty={
          <EmptyPage
            cursor={cursor}
            nextCursor={rules.data?.nextCursor}
            onFirst={() => set({ cursor: undefined })}
          >
            <EmptyNotice title={isOff ? 'Alerts of accounts are off' : 'No rules yet'} action={create}>
              {isOff
                ? 'The setting ACCOUNT_ALERTS of the server turns them on.'
                : 'A rule says what to watch, and which channels to tell. Begin with disabled webhooks.'}
            </EmptyNotice>
          </EmptyPage>
        }
        columns={createColumns(names, canChange, { onEdit: setEdited, onDelete: setToDelete })}
      />
      <Pager
        cursor={cursor}
        nextCursor={rules.data?.nextCursor}
        isOutdated={rules.isPlaceholderData}
        onChange={(next) => set({ cursor: next })}
      />
      {edited !== undefined && (
        <RuleDialog
          rule={edited === 'new' ? undefined : edited}
          accountId={accountId}
          channels={channels.data?.items ?? []}
          isOperator={isOperator}
          onClose={() => setEdited(undefined)}
        />
      )}
      <DeleteRuleDialog rule={toDelete} onClose={() => setToDelete(undefined)} />
    </TabbedCard>
  );
}

function createColumns(
  names: ReadonlyMap<string, string>,
  canChange: boolean,
  {
    onEdit,
    onDelete,
  }: { readonly onEdit: (rule: AlertRuleView) => void; readonly onDelete: (rule: AlertRuleView) => void },
): readonly Column<AlertRuleView>[] {
  return [
    {
      header: 'Rule',
      grow: true,
      cell: (rule) => (
        <>
          <bdi className="block truncate text-left font-medium">{rule.name}</bdi>
          <span className="block truncate text-[0.8rem] text-ink-3">{describeRule(rule)}</span>
        </>
      ),
    },
    {
      header: 'Status',
      cell: ({ enabled, open }) => {
        if (!enabled) return <Badge tone="idle">Off</Badge>;
        return open === 0 ? (
          <Badge tone="ok">Quiet</Badge>
        ) : (
          <Badge tone="bad">{open === 1 ? '1 open alert' : `${open} open alerts`}</Badge>
        );
      },
    },
    {
      header: 'Channels',
      visibleFrom: 'md',
      onPhone: 'line',
      cell: ({ channelIds }) => (
        <bdi className="inline-block max-w-64 truncate align-bottom text-ink-2">
          {channelIds.map((id) => names.get(id) ?? id).join(', ') || 'None'}
        </bdi>
      ),
    },
    ...(canChange
      ? [
          {
            header: 'Actions',
            align: 'right' as const,
            onPhone: 'text' as const,
            cell: (rule: AlertRuleView) => (
              <span className="inline-flex gap-2">
                <Button size="small" onClick={() => onEdit(rule)}>
                  Edit<span className="sr-only"> {rule.name}</span>
                </Button>
                <Button size="small" variant="danger" onClick={() => onDelete(rule)}>
                  Delete<span className="sr-only"> {rule.name}</span>
                </Button>
              </span>
            ),
          },
        ]
      : []),
  ];
}

function DeleteRuleDialog({
  rule,
  onClose,
}: {
  readonly rule: AlertRuleView | undefined;
  readonly onClose: () => void;
}) {
  const remove = useMutation(
    trpc.alertRules.delete.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.alertRules.list.queryFilter());
        onClose();
        toast('Alert rule deleted.');
      },
    }),
  );
  return (
    <ConfirmDialog
      title={`Delete ${rule?.name ?? ''}?`}
      confirmLabel="Delete rule"
      open={rule !== undefined}
      loading={remove.isPending}
      error={remove.error}
      onConfirm={() => rule && remove.mutate({ id: rule.id })}
      onClose={() => {
        remove.reset();
        onClose();
      }}
    >
      Its open alerts end without a message.
    </ConfirmDialog>
  );
}
