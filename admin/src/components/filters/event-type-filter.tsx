import { EventTypeCombobox } from '../event-type-combobox.tsx';
import { filterClassName } from './filter-size.ts';

/** Filters a list by event type. */
export function EventTypeFilter({
  value,
  onChange,
}: {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  return (
    <EventTypeCombobox
      label="Type"
      placeholder="Type: all"
      value={value ?? ''}
      className={filterClassName}
      onSelect={onChange}
      onClear={() => onChange(undefined)}
    />
  );
}
