import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { AccountField } from '../../components/account-field.tsx';
import { Field } from '../../components/ui/field.tsx';
import { FormDialog } from '../../components/ui/form-dialog.tsx';
import { useSession } from '../../lib/session.ts';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { useCallKey } from '../../lib/use-call-key.ts';

export function CreateAppDialog({ onClose }: { readonly onClose: () => void }) {
  const [, navigate] = useLocation();
  const { actor } = useSession();
  const [name, setName] = useState('');
  const [id, setId] = useState('');
  const [accountId, setAccountId] = useState('');
  const withKey = useCallKey();
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
      submitLabel="Create app"
      canSubmit={name.trim() !== ''}
      loading={create.isPending}
      error={create.error}
      onSubmit={() =>
        create.mutate(
          withKey({
            name: name.trim(),
            ...(id.trim() !== '' && { id: id.trim() }),
            ...(accountId !== '' && { accountId }),
          }),
        )
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
      {actor.kind === 'root' && (
        <Field
          label="ID"
          hint="Optional. Use your own, such as a UUID or app_xyz789. Generated if empty. Cannot be changed later."
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
      )}
      <AccountField value={accountId} onChange={setAccountId} />
    </FormDialog>
  );
}
