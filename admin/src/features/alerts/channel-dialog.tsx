import { useMutation } from '@tanstack/react-query';
import type { AlertChannelKind, AlertChannelView, CreatedAlertChannel } from '@tocsin/shared';
import { useState, type ReactNode } from 'react';
import { NameField } from '../../components/name-field.tsx';
import { Field } from '../../components/ui/field.tsx';
import { FormDialog } from '../../components/ui/form-dialog.tsx';
import { SelectField } from '../../components/ui/select-field.tsx';
import { toast } from '../../components/ui/toast.tsx';
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
  accountId,
  hasEmail,
  onClose,
  onCreated,
}: {
  /** Undefined: the caller's own, or the operator. */
  readonly accountId: string | undefined;
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
      onSubmit={() => create.mutate({ accountId, name: name.trim(), kind, target: target.trim() })}
      onClose={onClose}
    >
      <NameField hint="Such as the name of the chat channel" value={name} onChange={setName} />
      <SelectField
        label="Kind"
        hint={hasEmail ? undefined : 'E-mail needs a mail server: SMTP_URL'}
        value={kind}
        options={options}
        onChange={setKind}
      />
      <TargetField kind={kind} value={target} required hint={hints[kind]} onChange={setTarget} />
    </FormDialog>
  );
}

/** Changes the name of a channel, or where it sends. The stored URL is never shown, because it is a credential. */
export function EditChannelDialog({
  channel,
  onClose,
}: {
  readonly channel: AlertChannelView;
  readonly onClose: () => void;
}) {
  const { id, kind } = channel;
  const shownTarget = kind === 'email' ? channel.target : '';
  const [name, setName] = useState(channel.name);
  const [target, setTarget] = useState(shownTarget);
  const update = useMutation(
    trpc.alertChannels.update.mutationOptions({
      onSuccess: () => {
        void queryClient.invalidateQueries(trpc.alertChannels.list.queryFilter());
        onClose();
        toast('Alert channel saved.');
      },
    }),
  );
  const changes = {
    ...(name.trim() !== channel.name && { name: name.trim() }),
    ...(target.trim() !== shownTarget && { target: target.trim() }),
  };
  return (
    <FormDialog
      title={`Edit ${channel.name}`}
      submitLabel="Save"
      canSubmit={name.trim() !== '' && Object.keys(changes).length > 0}
      loading={update.isPending}
      error={update.error}
      onSubmit={() => update.mutate({ id, ...changes })}
      onClose={onClose}
    >
      <NameField hint="Such as the name of the chat channel" value={name} onChange={setName} />
      <TargetField
        kind={kind}
        value={target}
        required={kind === 'email'}
        hint={
          kind === 'email' ? (
            hints.email
          ) : (
            <>
              Leave empty to keep <code className="font-mono wrap-anywhere">{channel.target}</code>. A new URL
              replaces it.
            </>
          )
        }
        onChange={setTarget}
      />
    </FormDialog>
  );
}

function TargetField({
  kind,
  value,
  required,
  hint,
  onChange,
}: {
  readonly kind: AlertChannelKind;
  readonly value: string;
  readonly required: boolean;
  readonly hint: ReactNode;
  readonly onChange: (value: string) => void;
}) {
  return (
    <Field label={kind === 'email' ? 'Address' : 'URL'} hint={hint}>
      {(ids) => (
        <input
          {...ids}
          className="field font-mono"
          type={kind === 'email' ? 'email' : 'url'}
          value={value}
          required={required}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
