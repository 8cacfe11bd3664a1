import { useMutation, useQuery } from '@tanstack/react-query';
import type { CreatedWebhook, UpdatedWebhook, WebhookView } from '@tocsin/shared';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { Card } from '../../components/ui/card.tsx';
import { LoadFallback } from '../../components/ui/load-fallback.tsx';
import { Page } from '../../components/ui/page.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { useApp } from '../../lib/apps.ts';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { CreatedSecretDialog } from './dialogs/created-secret-dialog.tsx';
import { toRecoveryHref } from './recovery/use-recovery.ts';
import { ChangedMeanwhile } from './form/changed-meanwhile.tsx';
import { rebaseDraft, toFieldLabel, type DraftField } from './form/compare-drafts.ts';
import { saveWebhook, type EditConflict } from './form/save-webhook.ts';
import { toWebhookDraft, type WebhookDraft } from './form/webhook-draft.ts';
import { WebhookForm } from './form/webhook-form.tsx';
import { toWebhookName } from './to-webhook-name.ts';

export function EditWebhookPage({ id }: { readonly id: string }) {
  // The form starts again from the stored webhook when the operator asks for it, and only then.
  const [reloads, setReloads] = useState(0);
  const webhook = useQuery(trpc.webhooks.get.queryOptions({ id }, { staleTime: Infinity }));
  const appId = webhook.data?.appId;
  const app = useApp(appId);
  return (
    <Page
      title="Edit webhook"
      breadcrumbs={[
        { href: '/apps', label: 'Apps' },
        ...(appId === undefined
          ? []
          : [{ href: `/apps/${encodeURIComponent(appId)}`, label: app?.name ?? appId }]),
        { href: `/webhooks/${id}`, label: webhook.data === undefined ? id : toWebhookName(webhook.data) },
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
  const recover = () => navigate(toRecoveryHref(id));
  const setStored = (stored: WebhookView) =>
    queryClient.setQueryData(trpc.webhooks.get.queryKey({ id }), stored);
  const [replaced, setReplaced] = useState<CreatedWebhook>();
  const [{ base, initial }, setBase] = useState(() => ({ base: webhook, initial: toWebhookDraft(webhook) }));
  const [draft, setDraft] = useState(initial);
  const [conflict, setConflict] = useState<FormConflict>();
  const app = useApp(appId);
  const [isMoved, setIsMoved] = useState(false);
  const save = useMutation({
    mutationFn: saveWebhook,
    onSuccess: (result, edit) => {
      if (result.kind === 'unchanged') return leave();
      if (result.kind === 'conflict') {
        const stored = toWebhookDraft(result.current);
        setBase({ base: result.current, initial: stored });
        setDraft(rebaseDraft({ initial: edit.initial, edited: edit.draft, stored }));
        return setConflict({ ...result, edited: edit.draft });
      }
      const { secret, droppedHeaders: _, droppedClientCertificate: __, ...saved } = result.webhook;
      setStored(saved);
      void queryClient.invalidateQueries(trpc.webhooks.list.queryFilter());
      toast(toSavedText(result.webhook, result.merged));
      const hasMoved = saved.url !== edit.base.url;
      setIsMoved(hasMoved);
      if (secret !== undefined) setReplaced({ ...saved, secret });
      else if (hasMoved) recover();
      else leave();
    },
  });
  return (
    <>
      <WebhookForm
        initial={initial}
        draft={draft}
        accountId={app?.accountId}
        submitLabel="Save"
        loading={save.isPending}
        isSaved={replaced !== undefined}
        error={save.error}
        notice={
          conflict && (
            <ChangedMeanwhile
              fields={conflict.fields}
              stored={initial}
              edited={conflict.edited}
              draft={draft}
              onChange={setDraft}
              onReload={() => {
                setStored(conflict.current);
                onReload();
              }}
            />
          )
        }
        onChange={setDraft}
        onCancel={leave}
        onSubmit={() => save.mutate({ base, initial, draft })}
      />
      <CreatedSecretDialog webhook={replaced} onClose={isMoved ? recover : leave} />
    </>
  );
}

interface FormConflict extends EditConflict {
  /** As the form was when it was saved. */
  readonly edited: WebhookDraft;
}

function toSavedText(
  { droppedHeaders = [], droppedClientCertificate }: UpdatedWebhook,
  merged: readonly DraftField[],
): string {
  return [
    'Webhook saved.',
    ...(droppedHeaders.length === 0
      ? []
      : [`Custom headers of the old origin were removed: ${droppedHeaders.join(', ')}.`]),
    ...(droppedClientCertificate ? ['The client certificate of the old origin was removed.'] : []),
    ...(merged.length === 0 ? [] : [`Changed by others meanwhile: ${merged.map(toFieldLabel).join(', ')}.`]),
  ].join(' ');
}
