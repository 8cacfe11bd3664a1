import { useMutation } from '@tanstack/react-query';
import type { AlertChannelKind, CreatedAlertChannel } from '@tocsin/shared';
import { useState } from 'react';
import { Field } from '../../components/ui/field.tsx';
import { FormDialog } from '../../components/ui/form-dialog.tsx';
import { SelectField } from '../../components/ui/select-field.tsx';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { channelKindLabels } from './alert-labels.ts';

const hints: Readonly<Record<AlertChannelKind, string>> = {
  slack: 'The URL of an incoming webhook: https://hooks.slack.com/services/...',
  discord: 'The URL of a webhook of a channel: https://discord.com/api/webhooks/...',
  teams: 'The URL of a workflow that posts to a channel',
  email: 'One address, such as ops@example.com',
  webhook: 'An https URL. It gets signed JSON, as from any webhook.',
};

const kinds: readonly AlertChannelKind[] = ['slack', 'discord', 'teams', 'email', 'webhook'];

export function CreateChannelDialog({
  hasEmail,
  onClose,
  onCreated,
}: {
  readonly hasEmail: boolean;
  readonly onClose: () => void;
  readonly onCreated: (created: CreatedAlertChannel) => void;
}) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<AlertChannelKind>('slack');
  const [target, setTarget] = useState('');
  const create = useMutation(
    trpc.alertChannels.create.mutationOptions({
      onSuccess: (created) => {
        void queryClient.invalidateQueries(trpc.alertChannels.list.queryFilter());
        onClose();
        onCreated(created);
      },
    }),
  );
  const options = kinds
    .filter((value) => value !== 'email' || hasEmail)
    .map((value) => ({ value, label: channelKindLabels[value] }));
  return (
    <FormDialog
      title="New alert channel"
      submitLabel="Create channel"
      canSubmit={name.trim() !== '' && target.trim() !== ''}
      loading={create.isPending}
      error={create.error}
      onSubmit={() => create.mutate({ name: name.trim(), kind, target: target.trim() })}
      onClose={onClose}
    >
      <Field label="Name" hint="Such as the name of the chat channel">
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
      <SelectField
        label="Kind"
        hint={hasEmail ? undefined : 'E-mail needs a mail server: SMTP_URL'}
        value={kind}
        options={options}
        onChange={setKind}
      />
      <Field label={kind === 'email' ? 'Address' : 'URL'} hint={hints[kind]}>
        {(ids) => (
          <input
            {...ids}
            className="field font-mono"
            type={kind === 'email' ? 'email' : 'url'}
            value={target}
            required
            spellCheck={false}
            onChange={(event) => setTarget(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
