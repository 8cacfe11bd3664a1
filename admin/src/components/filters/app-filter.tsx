import { AppCombobox } from '../app-combobox.tsx';
import { filterClassName } from './filter-size.ts';

/** Filters a list by app. */
export function AppFilter({
  value,
  accountId,
  onChange,
}: {
  readonly value: string | undefined;
  /** Offers only apps of this account. Undefined: all. */
  readonly accountId?: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  return (
    <AppCombobox
      // A text field of the id starts with the value.
      key={value}
      label="App"
      placeholder="App: all"
      value={value ?? ''}
      accountId={accountId}
      className={filterClassName}
      onSelect={onChange}
      onClear={() => onChange(undefined)}
    />
  );
}
