import { useState } from 'react';
import { useApp, useAppSearch } from '../lib/apps.ts';
import { addRecent } from '../lib/recent-choices.ts';
import { useCan } from '../lib/session.ts';
import { useDebounced } from '../lib/use-debounced.ts';
import { toSearchFooter } from './search-footer.ts';
import { Combobox } from './ui/combobox.tsx';
import type { FieldIds } from './ui/field.tsx';
import { IdInput } from './ui/id-input.tsx';

/** Matches that are listed at once. */
const maxMatches = 20;

export interface AppComboboxProps {
  readonly ids?: FieldIds;
  readonly label?: string;
  readonly placeholder?: string;
  /** Empty: none. */
  readonly value: string;
  /** Only apps of this account. Undefined: all. */
  readonly accountId?: string | undefined;
  readonly className?: string;
  readonly required?: boolean;
  readonly onSelect: (appId: string) => void;
  /** Removes the selection. Undefined: there is always one. */
  readonly onClear?: () => void;
}

/** Selects an app by its name or id. A text field for the id if the actor may not list apps. */
export function AppCombobox(props: AppComboboxProps) {
  const can = useCan();
  return can('webhooks:read') ? <AppSearch {...props} /> : <IdInput {...props} />;
}

function AppSearch({
  placeholder = 'Search apps by name or ID',
  value,
  accountId,
  onSelect,
  ...rest
}: AppComboboxProps) {
  const [query, setQuery] = useState('');
  const [isUsed, setUsed] = useState(false);
  const search = useDebounced(query.trim());
  const matches = useAppSearch({ search, accountId, limit: maxMatches, enabled: isUsed });
  const selected = useApp(value);
  return (
    <Combobox
      {...rest}
      placeholder={placeholder}
      value={value}
      text={selected?.name}
      options={matches.items?.map(({ id, name }) => ({ value: id, label: name }))}
      isOutdated={matches.isOutdated || search !== query.trim()}
      recentCount={matches.recentCount}
      query={query}
      onQueryChange={setQuery}
      onOpen={() => setUsed(true)}
      onSelect={(id) => {
        addRecent('app', id);
        onSelect(id);
      }}
      footer={toSearchFooter(matches, { limit: maxMatches, noun: 'apps' })}
    />
  );
}
