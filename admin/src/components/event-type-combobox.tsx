import { useState } from 'react';
import { toPlainText, useEventTypes } from '../lib/catalog.ts';
import { useDebounced } from '../lib/use-debounced.ts';
import { Combobox } from './ui/combobox.tsx';
import type { FieldIds } from './ui/field.tsx';

/** Matches that are listed at once. */
const maxMatches = 50;

/** Selects an event type by searching its name. */
export function EventTypeCombobox({
  ids,
  label,
  placeholder = 'Search event types',
  value,
  accountId,
  className,
  onSelect,
  onClear,
}: {
  readonly ids?: FieldIds;
  readonly label?: string;
  readonly placeholder?: string;
  /** Empty: none. */
  readonly value: string;
  readonly accountId?: string | undefined;
  readonly className?: string;
  readonly onSelect: (type: string) => void;
  /** Removes the selection. Undefined: there is always one. */
  readonly onClear?: () => void;
}) {
  const [query, setQuery] = useState('');
  const current = query.trim().toLowerCase();
  const search = useDebounced(current);
  const types = useEventTypes({ search, accountId, limit: maxMatches });
  const options = types.items
    ?.filter(({ subscribable }) => subscribable)
    .map(({ type, description }) => ({ value: type, hint: toPlainText(description) }));
  return (
    <Combobox
      ids={ids}
      label={label}
      className={className}
      onClear={onClear}
      placeholder={placeholder}
      value={value}
      options={options}
      isOutdated={types.isOutdated || search !== current}
      query={query}
      onQueryChange={setQuery}
      onSelect={onSelect}
      footer={
        types.error === null
          ? types.nextCursor !== null && `The first ${maxMatches} matches. Type more of the name.`
          : 'The event types did not load.'
      }
    />
  );
}
