import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { AppCombobox } from '../../components/app-combobox.tsx';
import { AccountField } from '../../components/account-field.tsx';
import { NameField } from '../../components/name-field.tsx';
import { Field } from '../../components/ui/field.tsx';
import { FormDialog } from '../../components/ui/form-dialog.tsx';
import { SelectField } from '../../components/ui/select-field.tsx';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { useCallKey } from '../../lib/use-call-key.ts';
import { ScopesField, type GrantableScope } from './scopes-field.tsx';

const lifetimes = [
  { value: 0, label: 'Never' },
  { value: 30, label: 'In 30 days' },
  { value: 90, label: 'In 90 days' },
  { value: 365, label: 'In 1 year' },
] as const;

const dayMs = 86_400_000;

export function CreateKeyDialog({
  onClose,
  onCreated,
}: {
  readonly onClose: () => void;
  readonly onCreated: (key: string) => void;
}) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly GrantableScope[]>(['events:publish']);
  const [days, setDays] = useState<(typeof lifetimes)[number]['value']>(0);
  const [accountId, setAccountId] = useState('');
  const [appId, setAppId] = useState('');
  // Each submit has the same expiry, and therefore the same input.
  const [openedAt] = useState(() => Date.now());
  const withKey = useCallKey();
  const create = useMutation(
    trpc.keys.create.mutationOptions({
      onSuccess: (created) => {
        void queryClient.invalidateQueries(trpc.keys.list.queryFilter());
        onClose();
        onCreated(created.key);
      },
    }),
  );
  return (
    <FormDialog
      title="New API key"
      submitLabel="Create key"
      canSubmit={name.trim() !== '' && scopes.length > 0}
      loading={create.isPending}
      error={create.error}
      onSubmit={() =>
        create.mutate(
          withKey({
            name: name.trim(),
            scopes: scopes.includes('*') ? ['*' as const] : [...scopes],
            ...(accountId !== '' && { accountId }),
            ...(appId !== '' && { appId }),
            ...(days > 0 && { expiresAt: new Date(openedAt + days * dayMs).toISOString() }),
          }),
        )
      }
      onClose={onClose}
    >
      <NameField hint="The service or user of this key" value={name} onChange={setName} />
      <Field label="App (optional)" hint="Leave empty for all apps of the account">
        {(ids) => (
          <AppCombobox
            key={accountId}
            ids={ids}
            placeholder="All apps"
            value={appId}
            accountId={accountId === '' ? undefined : accountId}
            onSelect={setAppId}
            onClear={() => setAppId('')}
          />
        )}
      </Field>
      <ScopesField selected={scopes} onChange={setScopes} />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField label="Expires" value={days} options={lifetimes} onChange={setDays} />
        <AccountField
          value={accountId}
          onChange={(next) => {
            setAccountId(next);
            // An app of another account cannot be the one of the key.
            setAppId('');
          }}
        />
      </div>
    </FormDialog>
  );
}
