import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { HealthBadge } from '../../components/ui/badge.tsx';
import { Button, ButtonLink } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { Id } from '../../components/ui/copy-button.tsx';
import { DataTable } from '../../components/ui/data-table.tsx';
import { ConfirmDialog } from '../../components/ui/dialog.tsx';
import { EmptyNotice, ErrorNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { Ago } from '../../components/ui/time.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { count } from '../../lib/format.ts';
import { useCan } from '../../lib/session.ts';
import { queryClient, refresh, trpc } from '../../lib/trpc.ts';
import { hrefOf } from '../../lib/url-state.ts';
import { disabledWords, formatWords, profileWords } from '../../lib/labels.ts';
import { shownUrl } from '../../lib/redact-url.ts';

export function AppPage({ id }: { readonly id: string }) {
  const can = useCan();
  const app = useQuery(trpc.apps.get.queryOptions({ id }));
  const webhooks = useQuery(
    trpc.webhooks.list.queryOptions({ appId: id }, { refetchInterval: refresh.often }),
  );
  const [isDeleting, setDeleting] = useState(false);
  const crumbs = [{ href: '/apps', text: 'Apps' }];
  if (app.data === undefined && app.error !== null) {
    return (
      <Page title={id} crumbs={crumbs}>
        <Card isFlush>
          <ErrorNotice error={app.error} onRetry={() => void app.refetch()} />
        </Card>
      </Page>
    );
  }
  const newWebhook = can('webhooks:write') && (
    <ButtonLink
      look="primary"
      href={hrefOf('/webhooks/new', { app: id })}
      icon={<Plus aria-hidden className="size-4" />}
    >
      New webhook
    </ButtonLink>
  );
  return (
    <Page
      title={app.data?.name ?? id}
      crumbs={crumbs}
      subtitle={<Id id={id} />}
      actions={
        <>
          {can('events:publish') && (
            <ButtonLink
              href={hrefOf('/events/publish', { app: id })}
              icon={<Send aria-hidden className="size-4" />}
            >
              Publish
            </ButtonLink>
          )}
          {newWebhook}
        </>
      }
    >
      <Card
        title="Webhooks"
        isFlush
        actions={
          <>
            {can('events:read') && (
              <ButtonLink size="small" look="quiet" href={hrefOf('/events', { app: id })}>
                Events
              </ButtonLink>
            )}
            {can('deliveries:read') && (
              <ButtonLink size="small" look="quiet" href={hrefOf('/deliveries', { app: id })}>
                Deliveries
              </ButtonLink>
            )}
          </>
        }
      >
        <DataTable
          label="Webhooks of this app"
          items={webhooks.data?.items}
          error={webhooks.error}
          onRetry={() => void webhooks.refetch()}
          rowsWhileLoading={3}
          keyOf={(webhook) => webhook.id}
          hrefOf={(webhook) => `/webhooks/${webhook.id}`}
          empty={
            <EmptyNotice title="No webhooks yet" action={newWebhook}>
              Events of this app are accepted and kept, and go nowhere.
            </EmptyNotice>
          }
          columns={[
            {
              name: 'Endpoint',
              isWide: true,
              cell: (webhook) => (
                <>
                  <span className="font-mono text-[0.8667rem]">{shownUrl(webhook.url)}</span>
                  {webhook.description !== null && webhook.description !== '' && (
                    <span className="block truncate text-xs text-ink-3">{webhook.description}</span>
                  )}
                </>
              ),
            },
            {
              name: 'Health',
              cell: (webhook) => (
                <span
                  title={webhook.disabledReason === null ? undefined : disabledWords[webhook.disabledReason]}
                >
                  <HealthBadge state={webhook.health.state} />
                </span>
              ),
            },
            { name: 'Events', from: 'md', align: 'right', cell: (webhook) => count(webhook.events.length) },
            {
              name: 'Kind',
              from: 'lg',
              cell: (webhook) => (
                <span className="text-ink-2">
                  {webhook.format === 'auto' || webhook.format === 'json'
                    ? profileWords[webhook.profile].name
                    : formatWords[webhook.format].name}
                </span>
              ),
            },
            {
              name: 'Last delivery',
              from: 'sm',
              cell: (webhook) => (
                <span className="text-ink-2">
                  {webhook.lastDeliveryAt === null ? 'never' : <Ago at={webhook.lastDeliveryAt} />}
                </span>
              ),
            },
          ]}
        />
      </Card>
      {can('webhooks:write') && app.data !== undefined && (
        <div>
          <Button
            look="quiet"
            size="small"
            icon={<Trash2 aria-hidden className="size-4" />}
            onClick={() => setDeleting(true)}
          >
            Delete this app
          </Button>
        </div>
      )}
      <DeleteApp id={id} isOpen={isDeleting} onClose={() => setDeleting(false)} />
    </Page>
  );
}

function DeleteApp({
  id,
  isOpen,
  onClose,
}: {
  readonly id: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const [, navigate] = useLocation();
  const remove = useMutation(
    trpc.apps.delete.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.apps.list.queryFilter());
        toast('The app was deleted.');
        navigate('/apps');
      },
    }),
  );
  return (
    <ConfirmDialog
      title="Delete this app?"
      action="Delete the app"
      isOpen={isOpen}
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ id })}
      onClose={onClose}
    >
      Its webhooks go with it, and what still waits for them is cancelled. This cannot be taken back.
    </ConfirmDialog>
  );
}
