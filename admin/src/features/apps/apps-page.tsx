import { keepPreviousData, useMutation, useQueries, useQuery } from '@tanstack/react-query';
import type { WebhookView } from '@tocsin/shared';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { AccountField } from '../../components/account-field.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, Pager } from '../../components/ui/data-table.tsx';
import { Field } from '../../components/ui/field.tsx';
import { FormDialog } from '../../components/ui/form-dialog.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { Ago } from '../../components/ui/time.tsx';
import { counted } from '../../lib/format.ts';
import { useCan, useSession } from '../../lib/session.ts';
import { queryClient, refresh, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';

/** Each app's webhooks are a call of their own, in one request; more would eat up a key's allowance. */
const appsPerPage = 20;

export function AppsPage() {
  const can = useCan();
  const { actor } = useSession();
  const [{ cursor }, set] = useUrlState(['cursor']);
  const [isCreating, setCreating] = useState(false);
  const apps = useQuery(
    trpc.apps.list.queryOptions({ limit: appsPerPage, cursor }, { placeholderData: keepPreviousData }),
  );
  const webhooks = useQueries({
    queries: (apps.data?.items ?? []).map((app) =>
      trpc.webhooks.list.queryOptions({ appId: app.id }, { refetchInterval: refresh.sometimes }),
    ),
  });
  const webhooksOf = new Map(apps.data?.items.map((app, index) => [app.id, webhooks[index]?.data?.items]));
  const create = can('webhooks:write') && (
    <Button look="primary" icon={<Plus aria-hidden className="size-4" />} onClick={() => setCreating(true)}>
      New app
    </Button>
  );
  return (
    <Page
      title="Apps"
      heading="Apps & webhooks"
      subtitle="An app is one product’s stream of events, with its own webhooks."
      actions={create}
    >
      <Card isFlush>
        <DataTable
          label="Apps"
          items={apps.data?.items}
          error={apps.error}
          onRetry={() => void apps.refetch()}
          keyOf={(app) => app.id}
          hrefOf={(app) => `/apps/${encodeURIComponent(app.id)}`}
          empty={
            <EmptyNotice title="No apps yet" action={create}>
              Create one to have something that events can be published for.
            </EmptyNotice>
          }
          columns={[
            {
              name: 'App',
              isWide: true,
              cell: (app) => (
                <>
                  <span className="font-medium">{app.name}</span>{' '}
                  <code className="ml-1 font-mono text-[0.8rem] text-ink-3">{app.id}</code>
                </>
              ),
            },
            { name: 'Webhooks', cell: (app) => <HealthSummary webhooks={webhooksOf.get(app.id)} /> },
            ...(actor.kind === 'root'
              ? [
                  {
                    name: 'Account',
                    from: 'lg' as const,
                    cell: (app: { accountId: string }) => (
                      <code className="font-mono text-[0.8rem] text-ink-2">{app.accountId}</code>
                    ),
                  },
                ]
              : []),
            {
              name: 'Created',
              from: 'md',
              cell: (app) => (
                <span className="text-ink-2">
                  <Ago at={app.createdAt} />
                </span>
              ),
            },
          ]}
        />
        <Pager
          cursor={cursor}
          nextCursor={apps.data?.nextCursor}
          onChange={(next) => set({ cursor: next })}
        />
      </Card>
      {isCreating && <CreateAppDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}

/** The worst first: that is what somebody looks for. */
function HealthSummary({ webhooks }: { readonly webhooks: readonly WebhookView[] | undefined }) {
  if (webhooks === undefined) return <span aria-hidden className="shimmer inline-block h-4 w-20" />;
  if (webhooks.length === 0) return <span className="text-ink-3">none</span>;
  const counts = { paused: 0, failing: 0, healthy: 0, disabled: 0 };
  for (const webhook of webhooks) counts[webhook.health.state]++;
  return (
    <span className="inline-flex items-center gap-1.5">
      {counts.paused > 0 && (
        <Badge tone="bad" hasDot>
          {counts.paused} paused
        </Badge>
      )}
      {counts.failing > 0 && (
        <Badge tone="warn" hasDot>
          {counts.failing} failing
        </Badge>
      )}
      {counts.healthy > 0 && (
        <Badge tone="ok" hasDot>
          {counts.healthy} healthy
        </Badge>
      )}
      {counts.disabled > 0 && (
        <span className="inline-flex max-sm:hidden">
          <Badge tone="idle" hasDot>
            {counts.disabled} disabled
          </Badge>
        </span>
      )}
      <span className="sr-only">of {counted(webhooks.length, 'webhook')}</span>
    </span>
  );
}

function CreateAppDialog({ onClose }: { readonly onClose: () => void }) {
  const [, navigate] = useLocation();
  const [name, setName] = useState('');
  const [id, setId] = useState('');
  const [accountId, setAccountId] = useState('');
  const create = useMutation(
    trpc.apps.create.mutationOptions({
      onSuccess: async (app) => {
        await queryClient.invalidateQueries(trpc.apps.list.queryFilter());
        onClose();
        navigate(`/apps/${encodeURIComponent(app.id)}`);
      },
    }),
  );
  return (
    <FormDialog
      title="New app"
      action="Create app"
      isReady={name.trim() !== ''}
      isBusy={create.isPending}
      error={create.error}
      onSubmit={() =>
        create.mutate({
          name: name.trim(),
          ...(id.trim() !== '' && { id: id.trim() }),
          ...(accountId !== '' && { accountId }),
        })
      }
      onClose={onClose}
    >
      <Field label="Name">
        {(ids) => (
          <input
            {...ids}
            className="field"
            value={name}
            maxLength={100}
            required
            autoFocus
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field
        label="Id"
        hint="Yours, if the app has one already: a UUID, app_xyz789. Made for you when left empty. It never changes."
      >
        {(ids) => (
          <input
            {...ids}
            className="field font-mono"
            value={id}
            maxLength={128}
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
            spellCheck={false}
            onChange={(event) => setId(event.target.value)}
          />
        )}
      </Field>
      <AccountField value={accountId} onChange={setAccountId} />
    </FormDialog>
  );
}
