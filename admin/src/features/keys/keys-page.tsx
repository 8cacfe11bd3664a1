import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import type { KeyView, Scope } from '@tocsin/shared';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { AccountField } from '../../components/account-field.tsx';
import { Badge } from '../../components/ui/badge.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Card } from '../../components/ui/card.tsx';
import { DataTable, Pager } from '../../components/ui/data-table.tsx';
import { ConfirmDialog } from '../../components/ui/dialog.tsx';
import { Field } from '../../components/ui/field.tsx';
import { FormDialog } from '../../components/ui/form-dialog.tsx';
import { EmptyNotice } from '../../components/ui/notice.tsx';
import { Page } from '../../components/ui/page.tsx';
import { SecretDialog } from '../../components/ui/secret-dialog.tsx';
import { SelectField } from '../../components/ui/select-field.tsx';
import { Ago } from '../../components/ui/time.tsx';
import { toast } from '../../components/ui/toast.tsx';
import { useCan, useSession } from '../../lib/session.ts';
import { queryClient, refresh, trpc } from '../../lib/trpc.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { scopeWords } from '../../lib/labels.ts';
import { useNow } from '../../lib/use-now.ts';

export function KeysPage() {
  const { actor } = useSession();
  const [{ cursor }, set] = useUrlState(['cursor']);
  const [isCreating, setCreating] = useState(false);
  const [created, setCreated] = useState<string>();
  const [toRevoke, setToRevoke] = useState<KeyView>();
  const keys = useQuery(
    trpc.keys.list.queryOptions(
      { cursor, limit: 50 },
      { placeholderData: keepPreviousData, refetchInterval: refresh.sometimes },
    ),
  );
  const revoke = useMutation(
    trpc.keys.revoke.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries(trpc.keys.list.queryFilter());
        setToRevoke(undefined);
        toast('The key was revoked.');
      },
    }),
  );
  const create = (
    <Button look="primary" icon={<Plus aria-hidden className="size-4" />} onClick={() => setCreating(true)}>
      New key
    </Button>
  );
  return (
    <Page
      title="API keys"
      subtitle="What services, scripts and people sign in with. A key acts for one account."
      actions={create}
    >
      <Card isFlush>
        <DataTable
          label="API keys"
          items={keys.data?.items}
          error={keys.error}
          onRetry={() => void keys.refetch()}
          keyOf={(key) => key.id}
          empty={
            <EmptyNotice title="No keys yet" action={create}>
              Give each service its own, so that each can be revoked by itself.
            </EmptyNotice>
          }
          columns={[
            {
              name: 'Key',
              isWide: true,
              cell: (key) => (
                <>
                  <span className="font-medium">{key.name}</span>{' '}
                  <code className="ml-1 font-mono text-[0.8rem] text-ink-3">{key.prefix}…</code>
                </>
              ),
            },
            { name: 'State', cell: (key) => <KeyState item={key} /> },
            { name: 'May', from: 'lg', cell: (key) => <Scopes scopes={key.scopes} /> },
            ...(actor.kind === 'root'
              ? [
                  {
                    name: 'Account',
                    from: 'lg' as const,
                    cell: (key: KeyView) => (
                      <code className="font-mono text-[0.8rem] text-ink-2">{key.accountId}</code>
                    ),
                  },
                ]
              : []),
            {
              name: 'Last used',
              from: 'md',
              cell: (key) => (
                <span className="text-ink-2">
                  {key.lastUsedAt === null ? 'never' : <Ago at={key.lastUsedAt} />}
                </span>
              ),
            },
            {
              name: 'Created',
              from: 'md',
              cell: (key) => (
                <span className="text-ink-2">
                  <Ago at={key.createdAt} />
                </span>
              ),
            },
            {
              name: 'Actions',
              align: 'right',
              cell: (key) =>
                key.revokedAt === null && (
                  <Button size="small" look="danger" onClick={() => setToRevoke(key)}>
                    Revoke<span className="sr-only"> {key.name}</span>
                  </Button>
                ),
            },
          ]}
        />
        <Pager
          cursor={cursor}
          nextCursor={keys.data?.nextCursor}
          onChange={(next) => set({ cursor: next })}
        />
      </Card>
      {isCreating && <CreateKeyDialog onClose={() => setCreating(false)} onCreated={setCreated} />}
      <SecretDialog title="The new key" secret={created} onClose={() => setCreated(undefined)}>
        Copy it now. It is shown this once; only its hash is kept.
      </SecretDialog>
      <ConfirmDialog
        title={`Revoke ${toRevoke?.name ?? ''}?`}
        action="Revoke the key"
        isOpen={toRevoke !== undefined}
        isBusy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => toRevoke && revoke.mutate({ id: toRevoke.id })}
        onClose={() => {
          revoke.reset();
          setToRevoke(undefined);
        }}
      >
        Whoever uses <code className="font-mono">{toRevoke?.prefix}…</code> is refused within a second,
        sessions of this page included. This cannot be taken back.
      </ConfirmDialog>
    </Page>
  );
}

function KeyState({ item }: { readonly item: KeyView }) {
  const now = useNow();
  if (item.revokedAt !== null) return <Badge tone="bad">revoked</Badge>;
  if (item.expiresAt === null) return <Badge tone="ok">active</Badge>;
  if (Date.parse(item.expiresAt) <= now) return <Badge tone="idle">expired</Badge>;
  return (
    <Badge tone="warn">
      expires <Ago at={item.expiresAt} />
    </Badge>
  );
}

function Scopes({ scopes }: { readonly scopes: readonly Scope[] }) {
  return (
    <span
      className="block max-w-64 truncate text-ink-2"
      title={scopes.map((scope) => scopeWords[scope]).join('\n')}
    >
      {scopes.includes('*') ? 'everything' : scopes.join(', ')}
    </span>
  );
}

const grantable = Object.keys(scopeWords).filter(
  (scope): scope is Exclude<Scope, 'operator'> => scope !== 'operator',
);

const lifetimes = [
  { value: 0, text: 'Never' },
  { value: 30, text: 'In 30 days' },
  { value: 90, text: 'In 90 days' },
  { value: 365, text: 'In a year' },
] as const;

function CreateKeyDialog({
  onClose,
  onCreated,
}: {
  readonly onClose: () => void;
  readonly onCreated: (key: string) => void;
}) {
  const can = useCan();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Exclude<Scope, 'operator'>[]>(['events:publish']);
  const [days, setDays] = useState<(typeof lifetimes)[number]['value']>(0);
  const [accountId, setAccountId] = useState('');
  const create = useMutation(
    trpc.keys.create.mutationOptions({
      onSuccess: (made) => {
        void queryClient.invalidateQueries(trpc.keys.list.queryFilter());
        onClose();
        onCreated(made.key);
      },
    }),
  );
  const isAll = scopes.includes('*');
  return (
    <FormDialog
      title="New API key"
      action="Create key"
      isReady={name.trim() !== '' && scopes.length > 0}
      isBusy={create.isPending}
      error={create.error}
      onSubmit={() =>
        create.mutate({
          name: name.trim(),
          scopes: isAll ? ['*'] : [...scopes],
          ...(accountId !== '' && { accountId }),
          ...(days > 0 && { expiresAt: new Date(Date.now() + days * 86_400_000).toISOString() }),
        })
      }
      onClose={onClose}
    >
      <Field label="Name" hint="Who or what will use it">
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
      <fieldset>
        <legend className="mb-1.5 text-[0.9rem] font-medium">What it may do</legend>
        <ul className="flex flex-col gap-1.5">
          {/* A key cannot grant what it lacks, so that is not offered. */}
          {grantable
            .filter((scope) => can(scope))
            .map((scope) => (
              <li key={scope}>
                <label className="flex items-start gap-2.5 text-[0.9333rem]">
                  <input
                    type="checkbox"
                    className="mt-1"
                    checked={scopes.includes(scope) || (isAll && scope !== '*')}
                    disabled={isAll && scope !== '*'}
                    onChange={(event) =>
                      setScopes(
                        event.target.checked ? [...scopes, scope] : scopes.filter((each) => each !== scope),
                      )
                    }
                  />
                  <span>
                    {scopeWords[scope]} <code className="ml-1 font-mono text-xs text-ink-3">{scope}</code>
                  </span>
                </label>
              </li>
            ))}
        </ul>
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField label="Expires" value={days} choices={lifetimes} onChange={setDays} />
        <AccountField value={accountId} onChange={setAccountId} />
      </div>
    </FormDialog>
  );
}
