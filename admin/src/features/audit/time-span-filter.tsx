import { FilterSelect } from '../../components/ui/field.tsx';
import { isoFromDateTimeInput, toDateTimeInput } from '../../lib/format.ts';
import type { AuditView, SetAuditView } from './audit-view.ts';

const options = [
  { value: '1h', label: 'Last hour' },
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
  { value: 'custom', label: 'Between …' },
];

/** A span up to now, or two times of the address. */
export function TimeSpanFilter({ view, set }: { readonly view: AuditView; readonly set: SetAuditView }) {
  const { since, until } = view;
  const span = view.span ?? (since === undefined && until === undefined ? undefined : 'custom');
  return (
    <>
      <FilterSelect
        label="Time"
        value={span}
        options={options}
        onChange={(next) => set({ span: next, since: undefined, until: undefined })}
      />
      {span === 'custom' && (
        <>
          <TimeInput label="From" value={since} onChange={(next) => set({ span, since: next })} />
          <TimeInput label="To" value={until} onChange={(next) => set({ span, until: next })} />
        </>
      )}
    </>
  );
}

function TimeInput({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const date = value === undefined ? undefined : new Date(value);
  const shown = date === undefined || Number.isNaN(date.getTime()) ? '' : toDateTimeInput(date);
  return (
    <input
      key={shown}
      type="datetime-local"
      aria-label={label}
      title={label}
      defaultValue={shown}
      onBlur={({ target }) => target.value !== shown && onChange(isoFromDateTimeInput(target.value))}
      onKeyDown={({ key, currentTarget }) => key === 'Enter' && currentTarget.blur()}
      className="field h-8! w-auto! text-[0.8667rem]!"
    />
  );
}
