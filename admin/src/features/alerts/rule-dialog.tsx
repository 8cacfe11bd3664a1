import { useMutation } from '@tanstack/react-query';
import type { AlertChannelView, AlertKind, AlertRuleView } from '@tocsin/shared';
import { useState } from 'react';
import { Field } from '../../components/ui/field.tsx';
import { FormDialog } from '../../components/ui/form-dialog.tsx';
import { SelectField } from '../../components/ui/select-field.tsx';
import { queryClient, trpc } from '../../lib/trpc.ts';
import { afterWords, alertKindLabels, unitSeconds } from './alert-labels.ts';

const kinds: readonly AlertKind[] = ['disabled', 'disable_warning', 'failing', 'paused', 'backlog', 'lag'];

const reminders = [
  { value: 0, label: 'Never' },
  { value: 3_600, label: 'Every hour' },
  { value: 21_600, label: 'Every 6 hours' },
  { value: 86_400, label: 'Every day' },
  { value: 604_800, label: 'Every week' },
] as const;

/** Creates a rule, or changes one. Sends only what changed. */
export function RuleDialog({
  rule,
  channels,
  isOperator,
  onClose,
}: {
  /** Undefined: a new one. */
  readonly rule: AlertRuleView | undefined;
  readonly channels: readonly AlertChannelView[];
  readonly isOperator: boolean;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState(rule?.name ?? '');
  const [kind, setKind] = useState<AlertKind>(rule?.kind ?? 'disabled');
  const [channelIds, setChannelIds] = useState<readonly string[]>(
    rule?.channelIds ?? channels.slice(0, 1).map(({ id }) => id),
  );
  const [afterSeconds, setAfterSeconds] = useState(rule?.afterSeconds);
  const [waiting, setWaiting] = useState(rule?.waiting ?? 1_000);
  const [remindAfterSeconds, setRemind] = useState<number>(
    rule === undefined ? 86_400 : (rule.remindAfterSeconds ?? 0),
  );
  const [enabled, setEnabled] = useState(rule?.enabled ?? true);
  const onSuccess = () => {
    void queryClient.invalidateQueries(trpc.alertRules.list.queryFilter());
    onClose();
  };
  const create = useMutation(trpc.alertRules.create.mutationOptions({ onSuccess }));
  const update = useMutation(trpc.alertRules.update.mutationOptions({ onSuccess }));
  const words = afterWords[kind];
  const after = words && (afterSeconds ?? words.seconds);
  const fields = {
    name: name.trim() === '' ? alertKindLabels[kind] : name.trim(),
    channelIds: [...channelIds],
    remindAfterSeconds: remindAfterSeconds === 0 ? null : remindAfterSeconds,
    enabled,
    ...(after !== undefined && { afterSeconds: after }),
    ...(kind === 'backlog' && { waiting }),
  };
  return (
    <FormDialog
      title={rule === undefined ? 'New alert rule' : `Edit ${rule.name}`}
      submitLabel={rule === undefined ? 'Create rule' : 'Save'}
      canSubmit={channelIds.length > 0 && (after === undefined || Number.isFinite(after))}
      loading={create.isPending || update.isPending}
      error={create.error ?? update.error}
      onSubmit={() =>
        rule === undefined
          ? create.mutate({ kind, ...fields })
          : update.mutate({ id: rule.id, ...toChanged(rule, fields) })
      }
      onClose={onClose}
    >
      {rule === undefined && (
        <SelectField
          label="Watch"
          value={kind}
          options={kinds
            .filter((value) => value !== 'lag' || isOperator)
            .map((value) => ({ value, label: alertKindLabels[value] }))}
          onChange={(value) => {
            setKind(value);
            setAfterSeconds(undefined);
          }}
        />
      )}
      <Field label="Name (optional)">
        {(ids) => (
          <input
            {...ids}
            className="field"
            value={name}
            placeholder={alertKindLabels[kind]}
            maxLength={100}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        {words !== undefined && after !== undefined && (
          <NumberField
            label={`${words.label} (${words.unit})`}
            value={after / unitSeconds[words.unit]}
            onChange={(value) => setAfterSeconds(Math.round(value * unitSeconds[words.unit]))}
          />
        )}
        {kind === 'backlog' && (
          <NumberField label="Waiting deliveries" value={waiting} onChange={setWaiting} />
        )}
        <SelectField
          label="Remind while it lasts"
          value={remindAfterSeconds}
          options={
            reminders.some(({ value }) => value === remindAfterSeconds)
              ? reminders
              : [...reminders, { value: remindAfterSeconds, label: `Every ${remindAfterSeconds} s` }]
          }
          onChange={setRemind}
        />
      </div>
      <ChannelsField channels={channels} selected={channelIds} onChange={setChannelIds} />
      <label className="flex items-center gap-2 text-[0.9333rem]">
        <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} />
        Enabled
      </label>
    </FormDialog>
  );
}

function NumberField({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
}) {
  return (
    <Field label={label}>
      {(ids) => (
        <input
          {...ids}
          className="field"
          type="number"
          min={1}
          required
          value={Number.isFinite(value) ? value : ''}
          onChange={(event) => onChange(event.target.valueAsNumber)}
        />
      )}
    </Field>
  );
}

function ChannelsField({
  channels,
  selected,
  onChange,
}: {
  readonly channels: readonly AlertChannelView[];
  readonly selected: readonly string[];
  readonly onChange: (ids: readonly string[]) => void;
}) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 text-[0.8667rem] font-medium">Channels, up to 5</legend>
      <div className="flex max-h-44 flex-col gap-2 overflow-y-auto">
        {channels.map(({ id, name }) => (
          <label key={id} className="flex min-w-0 items-center gap-2 text-[0.9333rem]">
            <input
              type="checkbox"
              checked={selected.includes(id)}
              disabled={!selected.includes(id) && selected.length >= 5}
              onChange={(event) =>
                onChange(event.target.checked ? [...selected, id] : selected.filter((other) => other !== id))
              }
            />
            <bdi className="truncate">{name}</bdi>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Only the fields that differ, so that a colleague's change of another field stays. */
function toChanged<T extends object>(rule: AlertRuleView, fields: T): Partial<T> {
  const stored: Readonly<Record<string, unknown>> = { ...rule };
  const changed = Object.entries(fields).filter(
    ([field, value]) => JSON.stringify(stored[field]) !== JSON.stringify(value),
  );
  // `as`: the fields are those of the given object.
  return Object.fromEntries(changed) as Partial<T>;
}
