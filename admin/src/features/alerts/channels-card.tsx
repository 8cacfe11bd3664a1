import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import type { AlertChannelView } from '@tocsin/shared';
import { Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button } from '../../components/ui/button.tsx';
import { DataTable, Pager, type Column } from '../../components/ui/data-table.tsx';
import { ConfirmDialog } from '../../components/ui/dialog.tsx';
import { EmptyNotice, EmptyPage, GonePosition } from '../../components/ui/notice.tsx';
import { SecretDialog } from '../../components/ui/secret-dialog.tsx';
import { ShortUrl } from '../../components/ui/short-url.tsx';
import { Time } from '../../components/ui/time.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { toListPosition } from '../../lib/list-position.ts';
import { newestFirst } from '../../lib/newest-first.ts';
import { pollMs, queryClient, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { channelKindLabels } from './alert-labels.ts';
import { CreateChannelDialog, EditChannelDialog } from './channel-dialog.tsx';
import { TabbedCard } from './tabbed-card.tsx';
import { TestChannelButton } from './test-channel-button.tsx';

export interface AlertRights {
  /** The control that selects the card. */
  readonly tabs: ReactNode;
  /** Whose alerts are shown. Undefined: those of the caller's account, or of the operator. */
  readonly accountId: string | undefined;
  readonly canChange: boolean;
  readonly canCreate: boolean;
  readonly hasEmail: boolean;
  /** Whether the server has alerts of accounts switched off. */
  readonly isOff: boolean;
}

/** Where alerts are sent. Each channel can be tested from its row. */
export function ChannelsCard({ tabs, accountId, canChange, canCreate, hasEmail, isOff }: AlertRights) {
  const [{ cursor: given }, set] = useUrlState(['cursor']);
  const { cursor, isGone } = toListPosition('alertChannels', given);
  const [isCreating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [edited, setEdited] = useState<AlertChannelView>();
  const [toDelete, setToDelete] = useState<AlertChannelView>();
  const channels = useQuery(
    trpc.alertChannels.list.queryOptions(
      { accountId, cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: pollMs.slow, select: newestFirst },
    ),
  );
  const create = canCreate && (
    <Button
      variant="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => setCreating(true)}
    >
      New channel
    </Button>
  );
  return (
    <TabbedCard tabs={tabs} action={channels.data?.items.length !== 0 && create}>
      <GonePosition isGone={isGone} />
      <DataTable
        label="Alert channels"
        items={channels.data?.items}
        query={channels}
        getRowKey={({ id }) => id}
        skeletonRows={3}
        empty={
          <EmptyPage
            cursor={cursor}
            nextCursor={channels.data?.nextCursor}
            onFirst={() => set({ cursor: undefined })}
          >
            <EmptyNotice title={isOff ? 'Alerts of accounts are off' : 'No channels yet'} action={create}>
              {isOff
                ? 'The setting ACCOUNT_ALERTS of the server turns them on.'
                : 'A channel is where alerts are sent: a chat service, an e-mail address or a webhook.'}
            </EmptyNotice>
          </EmptyPage>
        }
        columns={createColumns(canChange, { onEdit: setEdited, onDelete: setToDelete })}
      />
      <Pager
        cursor={cursor}
        nextCursor={channels.data?.nextCursor}
        isOutdated={channels.isPlaceholderData}
        onChange={(next) => set({ cursor: next })}
      />
      {isCreating && (
        <CreateChannelDialog
          accountId={accountId}
          hasEmail={hasEmail}
          onClose={() => setCreating(false)}
          onCreated={(created) => setSecret(created.secret ?? undefined)}
        />
      )}
      {edited !== undefined && <EditChannelDialog channel={edited} onClose={() => setEdited(undefined)} />}
      <SecretDialog title="Secret of the channel" secret={secret} onClose={() => setSecret(undefined)}>
        Verify the signature of alerts with it. It is shown only once.
      </SecretDialog>
      <DeleteChannelDialog channel={toDelete} onClose={() => setToDelete(undefined)} />
    </TabbedCard>
  );
}

interface ChannelActions {
  readonly onEdit: (channel: AlertChannelView) => void;
  readonly onDelete: (channel: AlertChannelView) => void;
}

function createColumns(canChange: boolean, actions: ChannelActions): readonly Column<AlertChannelView>[] {
  return [
    {
      header: 'Channel',
      cell: ({ name }) => (
        <bdi
          className="inline-block max-w-80 truncate align-bottom font-medium sm:max-w-44 xl:max-w-80"
          title={name}
        >
          {name}
        </bdi>
      ),
    },
    { header: 'Kind', onPhone: 'line', cell: ({ kind }) => channelKindLabels[kind] },
    {
      header: 'Sends to',
      grow: true,
      onPhone: 'line',
      cell: ({ kind, target }) => (
        <span className="text-[0.8rem] text-ink-2">
          {kind === 'email' ? <bdi className="font-mono">{target}</bdi> : <ShortUrl url={target} />}
        </span>
      ),
    },
    {
      header: 'Created',
      visibleFrom: 'xl',
      sorted: 'descending',
      cell: ({ createdAt }) => (
        <span className="text-ink-2">
          <Time at={createdAt} />
        </span>
      ),
    },
    ...(canChange ? [actionsColumn(actions)] : []),
  ];
}

function actionsColumn({ onEdit, onDelete }: ChannelActions): Column<AlertChannelView> {
  return {
    header: 'Actions',
    align: 'right',
    onPhone: 'text',
    cell: (channel) => (
      <span className="inline-flex gap-2">
        <TestChannelButton channel={channel} />
        <Button size="small" onClick={() => onEdit(channel)}>
          Edit<span className="sr-only"> {channel.name}</span>
        </Button>
        <Button size="small" variant="danger" onClick={() => onDelete(channel)}>
          Delete<span className="sr-only"> {channel.name}</span>
        </Button>
      </span>
    ),
  };
}

function DeleteChannelDialog({
  channel,
  onClose,
}: {
  readonly channel: AlertChannelView | undefined;
  readonly onClose: () => void;
}) {
  const remove = useMutation(
    trpc.alertChannels.delete.mutationOptions({
      onSuccess: async () => {
        await Promise.all([
          queryClient.invalidateQueries(trpc.alertChannels.list.queryFilter()),
          queryClient.invalidateQueries(trpc.alertRules.list.queryFilter()),
        ]);
        onClose();
        toast('Alert channel deleted.');
      },
    }),
  );
  return (
    <ConfirmDialog
      title={`Delete ${channel?.name ?? ''}?`}
      confirmLabel="Delete channel"
      open={channel !== undefined}
      loading={remove.isPending}
      error={remove.error}
      onConfirm={() => channel && remove.mutate({ id: channel.id })}
      onClose={() => {
        remove.reset();
        onClose();
      }}
    >
      Rules send nothing to it any more. Messages that wait to be sent to it are dropped.
    </ConfirmDialog>
  );
}
