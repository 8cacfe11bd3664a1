import { useMutation } from '@tanstack/react-query';
import type { CreatedWebhook } from '@tocsin/shared';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { AppCombobox } from '../../components/app-combobox.tsx';
import { Card } from '../../components/ui/card.tsx';
import { Page } from '../../components/ui/page.tsx';
import { Field } from '../../components/ui/field.tsx';
import { useApp, useFirstApps } from '../../lib/apps.ts';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { useCallKey } from '../../lib/use-call-key.ts';
import { CreatedSecretDialog } from './dialogs/created-secret-dialog.tsx';
import { emptyDraft, toWebhookInput } from './form/webhook-draft.ts';
import { WebhookForm } from './form/webhook-form.tsx';

export function CreateWebhookPage() {
  const [{ app }, set] = useUrlState(['app']);
  const [, navigate] = useLocation();
  const apps = useFirstApps();
  const [created, setCreated] = useState<CreatedWebhook>();
  const [draft, setDraft] = useState(emptyDraft);
  const withKey = useCallKey();
  const create = useMutation(
    trpc.webhooks.create.mutationOptions({
      onSuccess: (webhook) => {
        setCreated(webhook);
        void queryClient.invalidateQueries(trpc.webhooks.list.queryFilter());
      },
    }),
  );
  const allApps = apps.data?.items ?? [];
  const appId = app ?? allApps[0]?.id;
  const shown = useApp(appId);
  const accountId = shown?.accountId;
  const appHref = appId === undefined ? '/apps' : `/apps/${encodeURIComponent(appId)}`;
  return (
    <Page
      title="New webhook"
      breadcrumbs={[
        { href: '/apps', label: 'Apps' },
        ...(appId === undefined ? [] : [{ href: appHref, label: shown?.name ?? appId }]),
      ]}
    >
      {app === undefined && allApps.length > 1 && (
        <AppSelectCard value={appId ?? ''} onChange={(id) => set({ app: id })} />
      )}
      <WebhookForm
        initial={emptyDraft}
        draft={draft}
        onChange={setDraft}
        accountId={accountId}
        submitLabel="Create webhook"
        loading={create.isPending}
        isSaved={created !== undefined}
        error={create.error ?? apps.error}
        onCancel={() => navigate(appHref)}
        onSubmit={() => {
          if (appId === undefined) return;
          const { description } = draft;
          const input = { appId, ...toWebhookInput(draft), ...(description !== '' && { description }) };
          create.mutate(withKey(input));
        }}
      />
      <CreatedSecretDialog webhook={created} onClose={(id) => navigate(`/webhooks/${id}`)} />
    </Page>
  );
}

function AppSelectCard({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (appId: string) => void;
}) {
  return (
    <Card>
      <div className="max-w-2xl">
        <Field label="App">{(ids) => <AppCombobox ids={ids} value={value} onSelect={onChange} />}</Field>
      </div>
    </Card>
  );
}
