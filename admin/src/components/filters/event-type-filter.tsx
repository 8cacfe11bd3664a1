import { useEventTypes } from '../../lib/catalog.ts';
import { FilterSelect } from '../ui/field.tsx';

export function TypeFilter({
  value,
  onChange,
}: {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const types = useEventTypes();
  const choices = (types.data ?? [])
    .filter((type) => type.subscribable)
    .map((type) => ({ value: type.type, text: type.type }));
  return <FilterSelect label="Type" value={value} choices={choices} onChange={onChange} />;
}
