import { useSession } from '../../lib/session.ts';
import { AccountCombobox } from '../account-combobox.tsx';
import { filterClassName } from './filter-size.ts';

/** Selects the account that the operator looks at. Renders nothing for API keys, which have one account. */
export function AccountFilter({
  value,
  placeholder = 'Account: default',
  onChange,
}: {
  readonly value: string | undefined;
  /** What no selection means. */
  readonly placeholder?: string;
  readonly onChange: (value: string | undefined) => void;
}) {
  const { actor } = useSession();
  if (actor.kind !== 'root') return null;
  return (
    <AccountCombobox
      label="Account"
      placeholder={placeholder}
      value={value ?? ''}
      className={filterClassName}
      onSelect={onChange}
      onClear={() => onChange(undefined)}
    />
  );
}
