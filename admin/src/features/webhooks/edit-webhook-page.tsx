import { useMutation, useQuery } from '@tanstack/react-query';
import type { CreatedWebhook } from '@tocsin/shared';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { Card } from '../../components/ui/card.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { Page } from '../../components/ui/page.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { useApps } from '../../lib/apps.ts';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { CreatedSecretDialog } from './dialogs/created-secret-dialog.tsx';
import { toWebhookChange, toWebhookDraft } from './form/webhook-draft.ts';
import { WebhookForm } from './form/webhook-form.tsx';

export function EditWebhookPage({ id }: { readonly id: string }) {
  const [, navigate] = useLocation();
  const leave = () => navigate(`/webhooks/${id}`);
  const [replaced, setReplaced] = useState<CreatedWebhook>();
  const apps = useApps();
  const webhook = useQuery(trpc.webhooks.get.queryOptions({ id }, { staleTime: Infinity }));
  const update = useMutation(
    trpc.webhooks.update.mutationOptions({
      onSuccess: ({ secret, droppedHeaders = [], droppedClientCertificate, ...webhook }) => {
        queryClient.setQueryData(trpc.webhooks.get.queryKey({ id }), webhook);
        void queryClient.invalidateQueries(trpc.webhooks.list.queryFilter());
        toast(
          [
            'Webhook saved.',
            ...(droppedHeaders.length === 0
              ? []
              : [`Custom headers of the old origin were removed: ${droppedHeaders.join(', ')}.`]),
            ...(droppedClientCertificate ? ['The client certificate of the old origin was removed.'] : []),
          ].join(' '),
        );
        if (secret === undefined) leave();
        else setReplaced({ ...webhook, secret });
      },
    }),
  );
  const appId = webhook.data?.appId;
  const initial = useMemo(() => webhook.data && toWebhookDraft(webhook.data), [webhook.data]);
  return (
    <Page
      title="Edit webhook"
      breadcrumbs={[
        { href: '/apps', label: 'Apps' },
        ...(appId === undefined ? [] : [{ href: `/apps/${encodeURIComponent(appId)}`, label: appId }]),
        { href: `/webhooks/${id}`, label: id },
      ]}
    >
      {initial === undefined ? (
        <Card flush>
          <LoadFallback error={webhook.error} className="m-4 h-96" />
        </Card>
      ) : (
        <WebhookForm
          initial={initial}
          accountId={apps.data?.items.find((app) => app.id === appId)?.accountId}
          submitLabel="Save"
          loading={update.isPending}
          error={update.error}
          onCancel={leave}
          onSubmit={(draft) =>
            update.mutate({ id, ...toWebhookChange(draft, initial), description: draft.description })
          }
        />
      )}
      <CreatedSecretDialog webhook={replaced} onClose={leave} />
    </Page>
  );
}
