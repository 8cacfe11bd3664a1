import { useState } from 'react';
import { useAccount, useAccountSearch } from '../lib/accounts.ts';
import { addRecent } from '../lib/recent-choices.ts';
import { useDebounced } from '../lib/use-debounced.ts';
import { toSearchFooter } from './search-footer.ts';
import type { ComboboxOption } from './ui/combobox-props.ts';
import { Combobox } from './ui/combobox.tsx';
import type { FieldIds } from './ui/field.tsx';

/** Matches that are listed at once. */
const maxMatches = 20;

/** Selects an account by its name or id. For the operator only. */
export function AccountCombobox({
  value,
  special = [],
  placeholder = 'Search accounts by name or ID',
  onSelect,
  ...rest
}: {
  readonly ids?: FieldIds;
  readonly label?: string;
  readonly placeholder?: string;
  /** The id of an account, or the value of a special option. Empty: none. */
  readonly value: string;
  /** Options before the accounts. An empty search shows them. */
  readonly special?: readonly (ComboboxOption & { readonly label: string })[];
  readonly className?: string;
  readonly onSelect: (accountId: string) => void;
  /** Removes the selection. Undefined: there is always one. */
  readonly onClear?: () => void;
}) {
  const [query, setQuery] = useState('');
  const [isUsed, setUsed] = useState(false);
  const search = useDebounced(query.trim());
  const matches = useAccountSearch({ search, limit: maxMatches, enabled: isUsed });
  const chosen = special.find((option) => option.value === value);
  const selected = useAccount(chosen === undefined ? value : undefined);
  const shown = search === '' ? special : [];
  return (
    <Combobox
      {...rest}
      placeholder={placeholder}
      value={value}
      text={chosen?.label ?? selected?.name}
      options={
        matches.items && [...shown, ...matches.items.map(({ id, name }) => ({ value: id, label: name }))]
      }
      isOutdated={matches.isOutdated || search !== query.trim()}
      recentCount={shown.length === 0 ? matches.recentCount : 0}
      query={query}
      onQueryChange={setQuery}
      onOpen={() => setUsed(true)}
      onSelect={(id) => {
        if (special.every((option) => option.value !== id)) addRecent('account', id);
        onSelect(id);
      }}
      footer={toSearchFooter(matches, { limit: maxMatches, noun: 'accounts' })}
    />
  );
}
