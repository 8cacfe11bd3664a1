import { useMutation, useQuery } from '@tanstack/react-query';
import type { CreatedWebhook, CreateWebhookInput } from '@tocsin/shared';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useApps } from '../../components/filters/app-filter.tsx';
import { Card } from '../../components/ui/card.tsx';
import { ErrorNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { SecretDialog } from '../../components/ui/secret-dialog.tsx';
import { SelectField } from '../../components/ui/select-field.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { useEventTypes } from '../../lib/catalog.ts';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { draftOf, emptyDraft, WebhookForm, type WebhookDraft } from './form/webhook-form.tsx';

type EventNames = CreateWebhookInput['events'];

export function CreateWebhookPage() {
  const [{ app }, set] = useUrlState(['app']);
  const [, navigate] = useLocation();
  const types = useEventTypes();
  const apps = useApps();
  const [made, setMade] = useState<CreatedWebhook>();
  const create = useMutation(
    trpc.webhooks.create.mutationOptions({
      onSuccess: (webhook) => {
        setMade(webhook);
        void queryClient.invalidateQueries(trpc.webhooks.list.queryFilter());
      },
    }),
  );
  const appId = app ?? apps.data?.items[0]?.id;
  const back = appId === undefined ? '/apps' : `/apps/${encodeURIComponent(appId)}`;
  return (
    <Page
      title="New webhook"
      crumbs={[
        { href: '/apps', text: 'Apps' },
        ...(appId === undefined ? [] : [{ href: back, text: appId }]),
      ]}
    >
      {app === undefined && (apps.data?.items.length ?? 0) > 1 && (
        <Card>
          <div className="max-w-2xl">
            <SelectField
              label="App"
              value={appId}
              choices={apps.data?.items.map(({ id, name }) => ({ value: id, text: `${name} (${id})` })) ?? []}
              onChange={(id) => set({ app: id })}
            />
          </div>
        </Card>
      )}
      {types.data === undefined ? (
        <Card isFlush>
          {types.error === null ? (
            <div aria-hidden className="shimmer m-4 h-96" />
          ) : (
            <ErrorNotice error={types.error} />
          )}
        </Card>
      ) : (
        <WebhookForm
          initial={emptyDraft}
          types={types.data}
          action="Create webhook"
          isBusy={create.isPending}
          error={create.error}
          onCancel={() => navigate(back)}
          onSubmit={(draft) => {
            if (appId === undefined) return;
            create.mutate({
              appId,
              ...inputOf(draft),
              ...(draft.description !== '' && { description: draft.description }),
            });
          }}
        />
      )}
      <SecretDialog
        title={typeof made?.publicKey === 'string' ? 'The webhook’s public key' : 'The webhook’s secret'}
        secret={made === undefined ? undefined : (made.publicKey ?? made.secret)}
        onClose={() => made && navigate(`/webhooks/${made.id}`)}
      >
        {made && secretHint(made)}
      </SecretDialog>
    </Page>
  );
}

export function EditWebhookPage({ id }: { readonly id: string }) {
  const [, navigate] = useLocation();
  const types = useEventTypes();
  const webhook = useQuery(trpc.webhooks.get.queryOptions({ id }, { staleTime: Infinity }));
  const update = useMutation(
    trpc.webhooks.update.mutationOptions({
      onSuccess: (after) => {
        queryClient.setQueryData(trpc.webhooks.get.queryKey({ id }), after);
        void queryClient.invalidateQueries(trpc.webhooks.list.queryFilter());
        toast('The webhook was saved.');
        navigate(`/webhooks/${id}`);
      },
    }),
  );
  const error = webhook.error ?? types.error;
  return (
    <Page
      title="Edit webhook"
      crumbs={[
        { href: '/apps', text: 'Apps' },
        ...(webhook.data === undefined
          ? []
          : [{ href: `/apps/${encodeURIComponent(webhook.data.appId)}`, text: webhook.data.appId }]),
        { href: `/webhooks/${id}`, text: id },
      ]}
    >
      {webhook.data === undefined || types.data === undefined ? (
        <Card isFlush>
          {error === null ? <div aria-hidden className="shimmer m-4 h-96" /> : <ErrorNotice error={error} />}
        </Card>
      ) : (
        <WebhookForm
          initial={draftOf(webhook.data)}
          types={types.data}
          action="Save"
          isBusy={update.isPending}
          error={update.error}
          onCancel={() => navigate(`/webhooks/${id}`)}
          onSubmit={(draft) => update.mutate({ id, ...inputOf(draft), description: draft.description })}
        />
      )}
    </Page>
  );
}

function secretHint({ format, publicKey }: CreatedWebhook): string {
  if (format === 'discord' || format === 'slack' || format === 'teams') {
    return 'It is not sent to a chat service. Keep it for the day when this webhook points elsewhere; it is shown this once.';
  }
  if (publicKey !== null)
    return 'The receiver verifies each request with it. The private key stays on the server.';
  return 'The receiver verifies each request with it. Copy it now: it is shown this once.';
}

function inputOf({ url, events, enabled, profile, signing, format, headers, rateLimit }: WebhookDraft) {
  // Chosen from the server's own catalogue.
  return {
    url,
    events: [...events] as EventNames,
    ...(enabled !== undefined && { enabled }),
    profile,
    // The other profiles know one way to sign.
    signing: profile === 'standard' ? signing : ('hmac' as const),
    format,
    headers,
    rateLimit,
  };
}
