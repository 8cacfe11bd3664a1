import { AccountCombobox } from '../../../components/account-combobox.tsx';
import { Field } from '../../../components/ui/field.tsx';
import { useSession } from '../../../lib/session.ts';

/** The options for all accounts and for the default one. No account has such an id. */
const all = '*';
const own = '-';

const special = [
  { value: own, label: 'Default account', hidesValue: true },
  { value: all, label: 'All accounts', hidesValue: true },
] as const;

/** Selects the account that gets the type, or all accounts. Renders nothing for API keys. */
export function OwnerField({
  value,
  onChange,
}: {
  /** Empty: the default account. Null: all accounts. */
  readonly value: string | null;
  readonly onChange: (value: string | null) => void;
}) {
  const { actor } = useSession();
  if (actor.kind !== 'root') return null;
  return (
    <Field
      label="Account"
      hint={value === null ? 'Every account can publish and subscribe to the type.' : undefined}
    >
      {(ids) => (
        <AccountCombobox
          ids={ids}
          value={value === null ? all : value === '' ? own : value}
          special={special}
          onSelect={(next) => onChange(next === all ? null : next === own ? '' : next)}
        />
      )}
    </Field>
  );
}
