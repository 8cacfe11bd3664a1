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

interface Draft {
  readonly name: string;
  readonly kind: AlertKind;
  readonly channelIds: readonly string[];
  /** Undefined: the default of the kind. */
  readonly afterSeconds: number | undefined;
  readonly waiting: number;
  /** 0: never. */
  readonly remindAfterSeconds: number;
  readonly enabled: boolean;
}

function toDraft(rule: AlertRuleView | undefined, channels: readonly AlertChannelView[]): Draft {
  if (rule !== undefined) return { ...rule, remindAfterSeconds: rule.remindAfterSeconds ?? 0 };
  return {
    name: '',
    kind: 'disabled',
    channelIds: channels.slice(0, 1).map(({ id }) => id),
    afterSeconds: undefined,
    waiting: 1_000,
    remindAfterSeconds: 86_400,
    enabled: true,
  };
}

function getAfterSeconds({ kind, afterSeconds }: Draft): number | undefined {
  const words = afterWords[kind];
  return words && (afterSeconds ?? words.seconds);
}

function toFields(draft: Draft) {
  const { name, kind, channelIds, waiting, remindAfterSeconds, enabled } = draft;
  const after = getAfterSeconds(draft);
  return {
    name: name.trim() === '' ? alertKindLabels[kind] : name.trim(),
    channelIds: [...channelIds],
    remindAfterSeconds: remindAfterSeconds === 0 ? null : remindAfterSeconds,
    enabled,
    ...(after !== undefined && { afterSeconds: after }),
    ...(kind === 'backlog' && { waiting }),
  };
}

interface RuleDialogProps {
  /** Undefined: a new one. */
  readonly rule: AlertRuleView | undefined;
  /** The owner of a new rule. Undefined: the caller's own account, or the operator. */
  readonly accountId: string | undefined;
  readonly channels: readonly AlertChannelView[];
  readonly isOperator: boolean;
  readonly onClose: () => void;
}

/** Creates a rule, or changes one. Sends only what changed. */
export function RuleDialog({ rule, accountId, channels, isOperator, onClose }: RuleDialogProps) {
  const [draft, setDraft] = useState(() => toDraft(rule, channels));
  const onSuccess = () => {
    void queryClient.invalidateQueries(trpc.alertRules.list.queryFilter());
    onClose();
  };
  const create = useMutation(trpc.alertRules.create.mutationOptions({ onSuccess }));
  const update = useMutation(trpc.alertRules.update.mutationOptions({ onSuccess }));
  const { kind, channelIds, enabled } = draft;
  const numbers = [getAfterSeconds(draft) ?? 0, draft.waiting];
  const onChange = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  return (
    <FormDialog
      title={rule === undefined ? 'New alert rule' : `Edit ${rule.name}`}
      submitLabel={rule === undefined ? 'Create rule' : 'Save'}
      canSubmit={channelIds.length > 0 && numbers.every(Number.isFinite)}
      loading={create.isPending || update.isPending}
      error={create.error ?? update.error}
      onSubmit={() => {
        const fields = toFields(draft);
        if (rule === undefined) create.mutate({ accountId, kind, ...fields });
        else update.mutate({ id: rule.id, ...toChanged(rule, fields) });
      }}
      onClose={onClose}
    >
      {rule === undefined && (
        <SelectField
          label="Watch"
          value={kind}
          options={kinds
            .filter((value) => value !== 'lag' || isOperator)
            .map((value) => ({ value, label: alertKindLabels[value] }))}
          onChange={(value) => onChange({ kind: value, afterSeconds: undefined })}
        />
      )}
      <RuleFields draft={draft} onChange={onChange} />
      <ChannelsField
        channels={channels}
        selected={channelIds}
        onChange={(ids) => onChange({ channelIds: ids })}
      />
      <label className="flex items-center gap-2 text-[0.9333rem]">
        <input
          type="checkbox"
          checked={enabled}
          onChange={(event) => onChange({ enabled: event.target.checked })}
        />
        Enabled
      </label>
    </FormDialog>
  );
}

function RuleFields({
  draft,
  onChange,
}: {
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
}) {
  const { name, kind, waiting, remindAfterSeconds } = draft;
  const words = afterWords[kind];
  const after = getAfterSeconds(draft);
  return (
    <>
      <Field label="Name (optional)">
        {(ids) => (
          <input
            {...ids}
            className="field"
            value={name}
            placeholder={alertKindLabels[kind]}
            maxLength={100}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        {words !== undefined && after !== undefined && (
          <NumberField
            label={`${words.label} (${words.unit})`}
            value={after / unitSeconds[words.unit]}
            onChange={(value) => onChange({ afterSeconds: Math.round(value * unitSeconds[words.unit]) })}
          />
        )}
        {kind === 'backlog' && (
          <NumberField
            label="Waiting deliveries"
            value={waiting}
            onChange={(value) => onChange({ waiting: value })}
          />
        )}
        <SelectField
          label="Remind while it lasts"
          value={remindAfterSeconds}
          options={
            reminders.some(({ value }) => value === remindAfterSeconds)
              ? reminders
              : [...reminders, { value: remindAfterSeconds, label: `Every ${remindAfterSeconds} s` }]
          }
          onChange={(value) => onChange({ remindAfterSeconds: value })}
        />
      </div>
    </>
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
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1.5 text-[0.8667rem] font-medium">Channels, up to 5</legend>
      <div className="flex max-h-44 min-w-0 flex-col gap-2 overflow-y-auto">
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
            <bdi className="min-w-0 truncate">{name}</bdi>
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
