import { useQuery } from '@tanstack/react-query';
import { SelectField } from '../../../components/ui/select-field.tsx';
import { useSession } from '../../../lib/session.ts';
import { trpc } from '../../../lib/trpc.ts';

/** The option for all accounts. No account has such an id. */
const all = '*';

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
  const isRoot = actor.kind === 'root';
  const accounts = useQuery(trpc.accounts.list.queryOptions({ limit: 200 }, { enabled: isRoot }));
  if (!isRoot) return null;
  return (
    <SelectField
      label="Account"
      hint={value === null ? 'Every account can publish and subscribe to the type.' : undefined}
      value={value ?? all}
      options={[
        { value: '', label: 'Default account' },
        { value: all, label: 'All accounts' },
        ...(accounts.data?.items ?? []).map(({ id, name }) => ({ value: id, label: `${name} (${id})` })),
      ]}
      onChange={(next) => onChange(next === all ? null : next)}
    />
  );
}
