import { useMutation, useQuery } from '@tanstack/react-query';
import type { CreatedWebhook, UpdatedWebhook, WebhookView } from '@tocsin/shared';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { Card } from '../../components/ui/card.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { Page } from '../../components/ui/page.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { useApps } from '../../lib/apps.ts';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { CreatedSecretDialog } from './dialogs/created-secret-dialog.tsx';
import { ChangedMeanwhile } from './form/changed-meanwhile.tsx';
import type { FieldDifference } from './form/compare-drafts.ts';
import { saveWebhook, type EditConflict } from './form/save-webhook.ts';
import { toWebhookDraft } from './form/webhook-draft.ts';
import { WebhookForm } from './form/webhook-form.tsx';

export function EditWebhookPage({ id }: { readonly id: string }) {
  // The form starts again from the stored webhook when the operator asks for it, and only then.
  const [reloads, setReloads] = useState(0);
  const webhook = useQuery(trpc.webhooks.get.queryOptions({ id }, { staleTime: Infinity }));
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
      {webhook.data === undefined ? (
        <Card flush>
          <LoadFallback error={webhook.error} className="m-4 h-96" />
        </Card>
      ) : (
        <EditWebhook key={reloads} webhook={webhook.data} onReload={() => setReloads(reloads + 1)} />
      )}
    </Page>
  );
}

function EditWebhook({
  webhook,
  onReload,
}: {
  readonly webhook: WebhookView;
  readonly onReload: () => void;
}) {
  const { id, appId } = webhook;
  const [, navigate] = useLocation();
  const leave = () => navigate(`/webhooks/${id}`);
  const setStored = (stored: WebhookView) =>
    queryClient.setQueryData(trpc.webhooks.get.queryKey({ id }), stored);
  const [replaced, setReplaced] = useState<CreatedWebhook>();
  const [conflict, setConflict] = useState<EditConflict>();
  const apps = useApps();
  const initial = useMemo(() => toWebhookDraft(webhook), [webhook]);
  const save = useMutation({
    mutationFn: saveWebhook,
    onSuccess: (result) => {
      if (result.kind === 'conflict') return setConflict(result);
      const { secret, droppedHeaders: _, droppedClientCertificate: __, ...saved } = result.webhook;
      setStored(saved);
      void queryClient.invalidateQueries(trpc.webhooks.list.queryFilter());
      toast(toSavedText(result.webhook, result.merged));
      if (secret === undefined) leave();
      else setReplaced({ ...saved, secret });
    },
  });
  return (
    <>
      <WebhookForm
        initial={initial}
        accountId={apps.data?.items.find((app) => app.id === appId)?.accountId}
        submitLabel="Save"
        loading={save.isPending}
        error={save.error}
        notice={
          conflict && (
            <ChangedMeanwhile
              differences={conflict.differences}
              onReload={() => {
                setStored(conflict.current);
                onReload();
              }}
            />
          )
        }
        onCancel={leave}
        onSubmit={(draft) => save.mutate({ initial, draft, seen: conflict?.current ?? webhook })}
      />
      <CreatedSecretDialog webhook={replaced} onClose={leave} />
    </>
  );
}

function toSavedText(
  { droppedHeaders = [], droppedClientCertificate }: UpdatedWebhook,
  merged: readonly FieldDifference[],
): string {
  return [
    'Webhook saved.',
    ...(droppedHeaders.length === 0
      ? []
      : [`Custom headers of the old origin were removed: ${droppedHeaders.join(', ')}.`]),
    ...(droppedClientCertificate ? ['The client certificate of the old origin was removed.'] : []),
    ...(merged.length === 0
      ? []
      : [`Changed by others meanwhile: ${merged.map(({ label }) => label).join(', ')}.`]),
  ].join(' ');
}
