import { useAccounts } from '../lib/accounts.ts';
import { SelectField } from './ui/select-field.tsx';

/** Selects the owning account. Renders nothing for API keys, and on servers with a single account. */
export function AccountField({
  value,
  onChange,
}: {
  /** Empty for the default account. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const accounts = useAccounts();
  if (accounts.data === undefined || accounts.data.items.length < 2) return null;
  return (
    <SelectField
      label="Account"
      value={value}
      options={[
        { value: '', label: 'Default' },
        ...accounts.data.items.map(({ id, name }) => ({ value: id, label: `${name} (${id})` })),
      ]}
      onChange={onChange}
    />
  );
}
