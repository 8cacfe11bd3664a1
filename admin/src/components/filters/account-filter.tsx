import { useAccounts } from '../../lib/accounts.ts';
import { FilterSelect } from '../ui/field.tsx';

/** Selects the account that the operator looks at. Renders nothing for API keys, and with a single account. */
export function AccountFilter({
  value,
  onChange,
}: {
  /** Undefined: the default account. */
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const accounts = useAccounts();
  if (accounts.data === undefined || accounts.data.items.length < 2) return null;
  return (
    <FilterSelect
      label="Account"
      noneLabel="Account: default"
      value={value}
      options={accounts.data.items.map(({ id, name }) => ({ value: id, label: `${name} (${id})` }))}
      onChange={onChange}
    />
  );
}
