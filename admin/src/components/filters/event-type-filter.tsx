import { useEventTypes } from '../../lib/catalog.ts';
import { FilterSelect } from '../ui/field.tsx';

/** Filters a list by event type. */
export function EventTypeFilter({
  value,
  onChange,
}: {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const types = useEventTypes();
  const options = (types.data ?? [])
    .filter((type) => type.subscribable)
    .map((type) => ({ value: type.type, label: type.type }));
  return <FilterSelect label="Type" value={value} options={options} onChange={onChange} />;
}
