import { useMutation, useQuery } from '@tanstack/react-query';
import type { DeliveryView, WebhookBacklog, WebhookView } from '@tocsin/shared';
import { useState } from 'react';
import { EndpointHealthBadge } from '../../components/badges/endpoint-health-badge.tsx';
import { Card } from '../../components/ui/card.tsx';
import type { TableQuery } from '../../components/ui/data-table.tsx';
import { CopyableId } from '../../components/ui/copy-button.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { InlineError } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { ShortUrl } from '../../components/ui/short-url.tsx';
import { useApp } from '../../lib/apps.ts';
import { useCan } from '../../lib/session.ts';
import { pollMs, queryClient, trpc } from '../../lib/trpc.ts';
import type { DayOfRequests } from '../../lib/webhook-health.ts';
import { HealthBanner } from './detail/health-banner.tsx';
import { PingResult } from './detail/ping-result.tsx';
import { useResume } from './detail/use-resume.ts';
import { useToggleWebhook } from './detail/use-toggle-webhook.ts';
import { WebhookActions } from './detail/webhook-actions.tsx';
import { WebhookDetails } from './detail/webhook-details.tsx';
import { WebhookDialogs, type DialogName } from './dialogs/webhook-dialogs.tsx';
import { RecoveryPanel } from './recovery/recovery-panel.tsx';
import { useRecovery } from './recovery/use-recovery.ts';
import { toWebhookName } from './to-webhook-name.ts';

export function WebhookPage({ id }: { readonly id: string }) {
  const can = useCan();
  const webhook = useQuery(trpc.webhooks.get.queryOptions({ id }, { refetchInterval: pollMs.fast }));
  const deliveries = useQuery(
    trpc.deliveries.list.queryOptions(
      { webhookId: id, limit: 90 },
      { enabled: can('deliveries:read'), refetchInterval: pollMs.fast },
    ),
  );
  // In one batch with the others, so that the banner does not move what is below it.
  const backlog = useQuery(
    trpc.webhooks.backlog.queryOptions(
      { id },
      { enabled: can('deliveries:read'), refetchInterval: pollMs.fast },
    ),
  );
  const activity = useQuery(
    trpc.webhooks.activity.queryOptions(
      { id, hours: 24 },
      { enabled: can('deliveries:read'), refetchInterval: pollMs.slow },
    ),
  );
  if (webhook.data !== undefined) {
    return (
      <WebhookDetailPage
        webhook={webhook.data}
        backlog={backlog.data}
        day={activity.data?.totals}
        deliveries={deliveries.data?.items}
        query={deliveries}
      />
    );
  }
  return (
    <Page title="Webhook" breadcrumbs={[{ href: '/apps', label: 'Apps' }]} subtitle={<CopyableId id={id} />}>
      <Card flush>
        <LoadFallback error={webhook.error} onRetry={() => void webhook.refetch()} className="m-4 h-72" />
      </Card>
    </Page>
  );
}

interface WebhookDetailPageProps {
  readonly webhook: WebhookView;
  /** Undefined during the first load, or without `deliveries:read`. */
  readonly backlog: WebhookBacklog | undefined;
  /** The requests of the last day. Undefined as the backlog. */
  readonly day: DayOfRequests | undefined;
  /** The latest deliveries, newest first. Undefined during the first load, or without `deliveries:read`. */
  readonly deliveries: readonly DeliveryView[] | undefined;
  /** Where the deliveries come from. */
  readonly query: TableQuery;
}

function WebhookDetailPage({ webhook, backlog, day, deliveries, query }: WebhookDetailPageProps) {
  const { id, appId } = webhook;
  const can = useCan();
  const [openDialog, setOpenDialog] = useState<DialogName>();
  const ping = usePing();
  const recovery = useRecovery();
  const toggle = useToggleWebhook(id, {
    onBacklog: () => setOpenDialog('enable'),
    onToggled: (enabled) => {
      setOpenDialog(undefined);
      if (enabled && !recovery.isOpen) recovery.open();
    },
  });
  const resume = useResume(id);
  const app = useApp(appId);
  const name = toWebhookName(webhook);
  return (
    <Page
      title={`Webhook ${name}`}
      heading={<WebhookHeading name={name} webhook={webhook} day={day} />}
      breadcrumbs={[
        { href: '/apps', label: 'Apps' },
        { href: `/apps/${encodeURIComponent(appId)}`, label: app?.name ?? appId },
      ]}
      subtitle={<ShortUrl url={webhook.url} />}
      actions={
        can('webhooks:write') && (
          <WebhookActions
            webhook={webhook}
            isPinging={ping.isPending}
            isToggling={toggle.isPending}
            onPing={() => ping.mutate({ id })}
            onSample={() => setOpenDialog('sample')}
            onToggle={() => toggle.toggle(!webhook.enabled)}
          />
        )
      }
    >
      <InlineError error={ping.error ?? resume.error ?? (openDialog === 'enable' ? null : toggle.error)} />
      {ping.data !== undefined && <PingResult result={ping.data} onClose={ping.reset} />}
      <HealthBanner
        webhook={webhook}
        day={day}
        waiting={backlog?.waiting ?? 0}
        actions={can('webhooks:write') && !recovery.isOpen ? { resume, onRecover: recovery.open } : undefined}
      />
      {recovery.isOpen && can('webhooks:write') && (
        <RecoveryPanel webhook={webhook} recovery={recovery} toggle={toggle} />
      )}
      <WebhookDetails
        webhook={webhook}
        backlog={backlog}
        deliveries={deliveries}
        query={query}
        onOpen={setOpenDialog}
      />
      <WebhookDialogs
        webhook={webhook}
        open={openDialog}
        toggle={toggle}
        onRotated={isTroubled(webhook, backlog) ? recovery.open : undefined}
        onClose={() => setOpenDialog(undefined)}
      />
    </Page>
  );
}

/** Whether a new secret may be what the endpoint needs. */
function isTroubled({ health }: WebhookView, backlog: WebhookBacklog | undefined): boolean {
  return health.state !== 'healthy' || (backlog?.waiting ?? 0) > 0;
}

function usePing() {
  return useMutation(
    trpc.webhooks.test.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.deliveries.list.queryFilter()),
    }),
  );
}

function WebhookHeading({
  name,
  webhook,
  day,
}: {
  readonly name: string;
  readonly webhook: WebhookView;
  readonly day: DayOfRequests | undefined;
}) {
  return (
    <span className="inline-flex max-w-full flex-wrap items-center gap-x-3 gap-y-1">
      <bdi className="min-w-0 break-words">{name}</bdi>
      <EndpointHealthBadge webhook={webhook} day={day} />
    </span>
  );
}
