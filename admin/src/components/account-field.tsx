import { useHasAccounts } from '../lib/accounts.ts';
import { AccountCombobox } from './account-combobox.tsx';
import { Field } from './ui/field.tsx';

/** Selects the owning account. Renders nothing for API keys, and on servers with a single account. */
export function AccountField({
  value,
  onChange,
}: {
  /** Empty for the default account. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  if (!useHasAccounts()) return null;
  return (
    <Field label="Account">
      {(ids) => (
        <AccountCombobox
          ids={ids}
          placeholder="Default account"
          value={value}
          onSelect={onChange}
          onClear={() => onChange('')}
        />
      )}
    </Field>
  );
}
