import { useMutation, useQuery } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { Card } from '../../components/ui/card.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { Page } from '../../components/ui/page.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { useEventTypes } from '../../lib/catalog.ts';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { toWebhookDraft, toWebhookInput } from './form/webhook-draft.ts';
import { WebhookForm } from './form/webhook-form.tsx';

export function EditWebhookPage({ id }: { readonly id: string }) {
  const [, navigate] = useLocation();
  const types = useEventTypes();
  const webhook = useQuery(trpc.webhooks.get.queryOptions({ id }, { staleTime: Infinity }));
  const update = useMutation(
    trpc.webhooks.update.mutationOptions({
      onSuccess: (updated) => {
        queryClient.setQueryData(trpc.webhooks.get.queryKey({ id }), updated);
        void queryClient.invalidateQueries(trpc.webhooks.list.queryFilter());
        toast('Webhook saved.');
        navigate(`/webhooks/${id}`);
      },
    }),
  );
  const appId = webhook.data?.appId;
  return (
    <Page
      title="Edit webhook"
      breadcrumbs={[
        { href: '/apps', label: 'Apps' },
        ...(appId === undefined ? [] : [{ href: `/apps/${encodeURIComponent(appId)}`, label: appId }]),
        { href: `/webhooks/${id}`, label: id },
      ]}
    >
      {webhook.data === undefined || types.data === undefined ? (
        <Card flush>
          <LoadFallback error={webhook.error ?? types.error} className="m-4 h-96" />
        </Card>
      ) : (
        <WebhookForm
          initial={toWebhookDraft(webhook.data)}
          types={types.data}
          submitLabel="Save"
          loading={update.isPending}
          error={update.error}
          onCancel={() => navigate(`/webhooks/${id}`)}
          onSubmit={(draft) =>
            update.mutate({ id, ...toWebhookInput(draft), description: draft.description })
          }
        />
      )}
    </Page>
  );
}
