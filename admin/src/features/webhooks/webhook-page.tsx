import { useMutation, useQuery } from '@tanstack/react-query';
import type { DeliveryView, WebhookView } from '@tocsin/shared';
import { Ban, History, KeyRound, Pencil, Power, Radar, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { Badge, HealthBadge, StatusBadge } from '../../components/ui/badge.tsx';
import { Banner } from '../../components/ui/banner.tsx';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { Card, Fact, Facts } from '../../components/ui/card.tsx';
import { Id } from '../../components/ui/copy-button.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { DeliveryStrip } from './detail/delivery-strip.tsx';
import { ConfirmDialog } from '../../components/ui/dialog.tsx';
import { EmptyNotice, ErrorNotice, InlineError } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { Ago, At } from '../../components/ui/time.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { counted } from '../../lib/format.ts';
import { useCan } from '../../lib/session.ts';
import { queryClient, refresh, trpc } from '../../lib/trpc.ts';
import { hrefOf } from '../../lib/url-state.ts';
import { disabledWords, formatWords, profileWords, reasonWords } from '../../lib/labels.ts';
import { CancelDialog } from './dialogs/cancel-dialog.tsx';
import { countBacklog, EnableDialog } from './dialogs/enable-dialog.tsx';
import { PingResult } from './detail/ping-result.tsx';
import { ReplayDialog } from './dialogs/replay-dialog.tsx';
import { ReplayJobs } from './detail/replay-jobs.tsx';
import { RotateDialog } from './dialogs/rotate-dialog.tsx';
import { shownUrl } from '../../lib/redact-url.ts';

type Open = 'rotate' | 'replay' | 'cancel' | 'enable' | 'delete' | undefined;

export function WebhookPage({ id }: { readonly id: string }) {
  const can = useCan();
  const [open, setOpen] = useState<Open>();
  const webhook = useQuery(trpc.webhooks.get.queryOptions({ id }, { refetchInterval: refresh.often }));
  const deliveries = useQuery(
    trpc.deliveries.list.queryOptions(
      { webhookId: id, limit: 90 },
      { enabled: can('deliveries:read'), refetchInterval: refresh.often },
    ),
  );
  const ping = useMutation(
    trpc.webhooks.test.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.deliveries.list.queryFilter()),
    }),
  );
  const toggle = useMutation(
    trpc.webhooks.update.mutationOptions({
      onSuccess: (after) => {
        queryClient.setQueryData(trpc.webhooks.get.queryKey({ id }), after);
        void queryClient.invalidateQueries(trpc.deliveries.list.queryFilter());
        setOpen(undefined);
        toast(after.enabled ? 'It is enabled.' : 'It is disabled; what is still owed to it waits.');
      },
    }),
  );
  const backlog = useMutation({
    mutationFn: () => countBacklog(id),
    onSuccess: (waiting) => {
      if (waiting > 0) setOpen('enable');
      else toggle.mutate({ id, enabled: true });
    },
  });
  const { data } = webhook;
  if (data === undefined) {
    return (
      <Page title="Webhook" crumbs={[{ href: '/apps', text: 'Apps' }]} subtitle={<Id id={id} />}>
        <Card isFlush>
          {webhook.error === null ? (
            <div aria-hidden className="shimmer m-4 h-72" />
          ) : (
            <ErrorNotice error={webhook.error} onRetry={() => void webhook.refetch()} />
          )}
        </Card>
      </Page>
    );
  }
  const close = () => setOpen(undefined);
  return (
    <Page
      title={`Webhook ${hostOf(data.url)}`}
      heading={
        <span className="inline-flex max-w-full flex-wrap items-center gap-x-3 gap-y-1">
          <span className="min-w-0 break-all">{hostOf(data.url)}</span>
          <HealthBadge state={data.health.state} />
        </span>
      }
      crumbs={[
        { href: '/apps', text: 'Apps' },
        { href: `/apps/${encodeURIComponent(data.appId)}`, text: data.appId },
      ]}
      subtitle={data.description !== null && data.description !== '' ? data.description : <Id id={id} />}
      actions={
        can('webhooks:write') && (
          <>
            <Button
              icon={<Radar aria-hidden className="size-4" />}
              isBusy={ping.isPending}
              onClick={() => ping.mutate({ id })}
            >
              Send a test ping
            </Button>
            <Button
              icon={<Power aria-hidden className="size-4" />}
              isBusy={toggle.isPending || backlog.isPending}
              onClick={() => {
                // Who may not cancel has nothing to choose: what waited is sent.
                if (!data.enabled && can('deliveries:write')) backlog.mutate();
                else toggle.mutate({ id, enabled: !data.enabled });
              }}
            >
              {data.enabled ? 'Disable' : 'Enable'}
            </Button>
            <ButtonLink
              look="primary"
              href={`/webhooks/${id}/edit`}
              icon={<Pencil aria-hidden className="size-4" />}
            >
              Edit
            </ButtonLink>
          </>
        )
      }
    >
      <InlineError error={ping.error ?? backlog.error ?? (open === 'enable' ? null : toggle.error)} />
      {ping.data !== undefined && <PingResult result={ping.data} onClose={ping.reset} />}
      <Trouble webhook={data} />
      {can('deliveries:read') && <HealthCard deliveries={deliveries.data?.items} />}
      <div className="grid items-start gap-5 lg:grid-cols-[3fr_2fr]">
        {can('deliveries:read') && (
          <Card
            title="Latest deliveries"
            isFlush
            actions={
              <>
                {can('deliveries:write') && (
                  <>
                    <Button
                      size="small"
                      icon={<History aria-hidden className="size-4" />}
                      onClick={() => setOpen('replay')}
                    >
                      Replay
                    </Button>
                    <Button
                      size="small"
                      icon={<Ban aria-hidden className="size-4" />}
                      onClick={() => setOpen('cancel')}
                    >
                      Cancel what waits
                    </Button>
                  </>
                )}
                <ButtonLink size="small" look="quiet" href={hrefOf('/deliveries', { webhook: id })}>
                  All
                </ButtonLink>
              </>
            }
          >
            <DataTable
              label="Latest deliveries of this webhook"
              items={deliveries.data?.items.slice(0, 10)}
              error={deliveries.error}
              keyOf={(delivery) => delivery.id}
              hrefOf={(delivery) => `/deliveries/${delivery.id}`}
              empty={
                <EmptyNotice title="Nothing was sent yet">
                  A test ping shows at once whether the endpoint answers.
                </EmptyNotice>
              }
              columns={[
                {
                  name: 'Event',
                  isWide: true,
                  cell: (delivery) => <span className="font-medium">{delivery.event}</span>,
                },
                { name: 'Status', cell: (delivery) => <StatusBadge status={delivery.status} /> },
                { name: 'Attempts', from: 'sm', align: 'right', cell: (delivery) => delivery.attemptCount },
                {
                  name: 'Created',
                  cell: (delivery) => (
                    <span className="text-ink-2">
                      <Ago at={delivery.createdAt} />
                    </span>
                  ),
                },
              ]}
            />
          </Card>
        )}
        <div className="flex min-w-0 flex-col gap-5">
          <Settings webhook={data} />
          {can('webhooks:write') && (
            <div className="flex flex-wrap gap-2">
              <Button
                size="small"
                icon={<KeyRound aria-hidden className="size-4" />}
                onClick={() => setOpen('rotate')}
              >
                Rotate the secret
              </Button>
              <Button
                size="small"
                look="danger"
                icon={<Trash2 aria-hidden className="size-4" />}
                onClick={() => setOpen('delete')}
              >
                Delete
              </Button>
            </div>
          )}
          {can('deliveries:read') && <ReplayJobs webhookId={id} />}
        </div>
      </div>
      {open === 'rotate' && <RotateDialog webhook={data} onClose={close} />}
      {open === 'replay' && <ReplayDialog webhookId={id} onClose={close} />}
      {open === 'cancel' && <CancelDialog webhookId={id} types={data.events} onClose={close} />}
      {open === 'enable' && (
        <EnableDialog
          webhookId={id}
          waiting={backlog.data ?? 0}
          isBusy={toggle.isPending}
          error={toggle.error}
          onEnable={(choice) => toggle.mutate({ id, enabled: true, backlog: choice })}
          onClose={close}
        />
      )}
      <DeleteWebhook webhook={data} isOpen={open === 'delete'} onClose={close} />
    </Page>
  );
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** Why it does not get everything at once, and since when. */
function Trouble({ webhook }: { readonly webhook: WebhookView }) {
  const { health, disabledReason } = webhook;
  if (health.state === 'healthy') return null;
  return (
    <Banner tone={health.state === 'disabled' ? 'idle' : 'bad'}>
      {disabledReason !== null && `${disabledWords[disabledReason]}. `}
      {health.state === 'paused' &&
        'It failed so often in a row that only single probes are sent; everything else waits and is not lost. '}
      {health.failuresInARow > 0 && (
        <>
          {counted(health.failuresInARow, 'attempt')} in a row failed
          {health.failingSince !== null && (
            <>
              , the first <Ago at={health.failingSince} />
            </>
          )}
          .{' '}
        </>
      )}
      {health.lastFailureReason !== null && `${reasonWords(health.lastFailureReason)}.`}
    </Banner>
  );
}

const strip = 60;

function HealthCard({ deliveries }: { readonly deliveries: readonly DeliveryView[] | undefined }) {
  const counts = { delivered: 0, failed: 0, pending: 0, cancelled: 0 };
  for (const delivery of deliveries?.slice(0, strip) ?? []) counts[delivery.status]++;
  const shown = Math.min(strip, deliveries?.length ?? 0);
  return (
    <Card
      title="Health"
      hint={
        deliveries === undefined
          ? '…'
          : `The last ${counted(shown, 'delivery', 'deliveries')}: ${counts.delivered} delivered, ${counts.failed} failed, ${counts.pending} pending`
      }
    >
      <DeliveryStrip deliveries={deliveries ?? []} slots={strip} />
    </Card>
  );
}

function Settings({ webhook }: { readonly webhook: WebhookView }) {
  const names = Object.keys(webhook.headers);
  return (
    <Card title="Settings">
      <Facts>
        <Fact name="URL">
          <span className="font-mono text-[0.8667rem] break-all">{shownUrl(webhook.url)}</span>
        </Fact>
        <Fact name="Id">
          <Id id={webhook.id} />
        </Fact>
        <Fact name="Events">
          <ul className="flex flex-wrap gap-1">
            {webhook.events.map((name) => (
              <li key={name}>
                <Badge tone="idle">{name}</Badge>
              </li>
            ))}
          </ul>
        </Fact>
        <Fact name="Body">{formatWords[webhook.format].name}</Fact>
        <Fact name="Proof">
          {profileWords[webhook.profile].name}
          {webhook.signing === 'ed25519' && ', public key'}
        </Fact>
        {webhook.publicKey !== null && (
          <Fact name="Public key">
            <Id id={webhook.publicKey} />
          </Fact>
        )}
        {webhook.previousSecretUntil !== null && (
          <Fact name="Old secret">
            still in force, ends <Ago at={webhook.previousSecretUntil} />
          </Fact>
        )}
        {names.length > 0 && (
          <Fact name="Headers">
            <span className="font-mono text-[0.8667rem]">{names.join(', ')}</span>
          </Fact>
        )}
        {webhook.rateLimit !== null && <Fact name="Limit">{webhook.rateLimit} a second</Fact>}
        <Fact name="Last success">
          {webhook.health.lastSuccessAt === null ? 'never' : <Ago at={webhook.health.lastSuccessAt} />}
        </Fact>
        <Fact name="Last failure">
          {webhook.health.lastFailureAt === null ? 'never' : <Ago at={webhook.health.lastFailureAt} />}
        </Fact>
        <Fact name="Created">
          <At at={webhook.createdAt} />
        </Fact>
      </Facts>
    </Card>
  );
}

function DeleteWebhook({
  webhook,
  isOpen,
  onClose,
}: {
  readonly webhook: WebhookView;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const [, navigate] = useLocation();
  const remove = useMutation(
    trpc.webhooks.delete.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.webhooks.list.queryFilter());
        toast('The webhook was deleted.');
        navigate(`/apps/${encodeURIComponent(webhook.appId)}`);
      },
    }),
  );
  return (
    <ConfirmDialog
      title="Delete this webhook?"
      action="Delete the webhook"
      isOpen={isOpen}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ id: webhook.id })}
      onClose={onClose}
    >
      <code className="font-mono text-[0.8667rem] break-all">{shownUrl(webhook.url)}</code> gets nothing more,
      and what still waits for it is cancelled. This cannot be taken back; disabling can.
    </ConfirmDialog>
  );
}
