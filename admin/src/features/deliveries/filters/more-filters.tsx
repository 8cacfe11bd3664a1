import { attemptReasonLabels, deliveryReasonLabels } from '@tocsin/shared';
import { Popover } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import { Button } from '../../../components/ui/button.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { isoFromDateTimeInput, toDateTimeInput } from '../../../lib/format.ts';
import { useCan } from '../../../lib/session.ts';
import { causes, reasons, responses, type DeliveryFilterValues } from './delivery-filters.ts';

type Draft = Partial<Record<keyof DeliveryFilterValues, string | undefined>>;

/** The filters that are used less often, applied together. */
export function MoreFilters({
  values,
  onChange,
  children,
}: {
  readonly values: DeliveryFilterValues;
  readonly onChange: (change: Partial<DeliveryFilterValues>) => void;
  /** The button that opens the popover. */
  readonly children: ReactNode;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Popover.Trigger asChild>{children}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={12}
          aria-label="More filters"
          className="z-40 max-h-[min(34rem,var(--radix-popover-content-available-height))] w-[min(36rem,calc(100vw-1.5rem))] overflow-y-auto rounded-xl border border-line bg-surface p-4 shadow-pop focus:outline-none"
        >
          <FilterForm
            values={values}
            onApply={(change) => {
              onChange(change);
              setOpen(false);
            }}
          />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function FilterForm({
  values,
  onApply,
}: {
  readonly values: DeliveryFilterValues;
  readonly onApply: (change: Draft) => void;
}) {
  const can = useCan();
  const [draft, setDraft] = useState<Draft>({});
  const current = { ...values, ...draft };
  const set = (name: keyof DeliveryFilterValues) => (text: string) =>
    setDraft({ ...draft, [name]: text.trim() === '' ? undefined : text.trim() });
  const setTime = (name: 'since' | 'until') => (text: string) =>
    setDraft({ ...draft, [name]: isoFromDateTimeInput(text), period: undefined });
  return (
    <form
      className="grid gap-x-4 gap-y-3.5 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        onApply(draft);
      }}
    >
      {can('webhooks:read') && (
        <TextField label="Host" placeholder="hooks.example.com" value={current.host} onChange={set('host')} />
      )}
      <TextField label="Webhook" placeholder="wh_…" value={current.webhook} onChange={set('webhook')} />
      <TextField
        label="Event type or pattern"
        placeholder="invoice.*"
        value={current.type}
        onChange={set('type')}
      />
      <TextField label="Event" placeholder="evt_…" value={current.event} onChange={set('event')} />
      <ChoiceField
        label="Last response"
        value={current.response}
        options={responses}
        onChange={set('response')}
      />
      <ChoiceField
        label="Cause of the last failure"
        value={current.cause}
        options={causes.map((value) => ({ value, label: attemptReasonLabels[value] }))}
        onChange={set('cause')}
      />
      <ChoiceField
        label="Reason of the status"
        value={current.reason}
        options={reasons.map((value) => ({ value, label: deliveryReasonLabels[value] }))}
        onChange={set('reason')}
      />
      <div className="grid grid-cols-2 gap-3">
        <TextField
          label="Attempts, at least"
          type="number"
          value={current.attempts}
          onChange={set('attempts')}
        />
        <TextField label="Took, ms or more" type="number" value={current.slower} onChange={set('slower')} />
      </div>
      <TextField
        label="From"
        type="datetime-local"
        value={toInputTime(current.since)}
        onChange={setTime('since')}
      />
      <TextField
        label="To"
        type="datetime-local"
        value={toInputTime(current.until)}
        onChange={setTime('until')}
      />
      <div className="flex justify-end sm:col-span-2">
        <Button type="submit" variant="primary">
          Apply filters
        </Button>
      </div>
    </form>
  );
}

function toInputTime(time: string | undefined): string | undefined {
  return time === undefined || Number.isNaN(Date.parse(time)) ? undefined : toDateTimeInput(new Date(time));
}

interface FieldProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (text: string) => void;
}

function TextField({
  label,
  value = '',
  onChange,
  type = 'text',
  placeholder,
}: FieldProps & { readonly type?: 'text' | 'number' | 'datetime-local'; readonly placeholder?: string }) {
  return (
    <Field label={label}>
      {(ids) => (
        <input
          {...ids}
          type={type}
          min={type === 'number' ? 1 : undefined}
          placeholder={placeholder}
          value={value}
          spellCheck={false}
          autoComplete="off"
          className="field"
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

function ChoiceField({
  label,
  value = '',
  options,
  onChange,
}: FieldProps & { readonly options: readonly { readonly value: string; readonly label: string }[] }) {
  return (
    <Field label={label}>
      {(ids) => (
        <select {...ids} className="field" value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">Any</option>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
