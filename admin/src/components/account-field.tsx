import { useQuery } from '@tanstack/react-query';
import { useSession } from '../lib/session.ts';
import { trpc } from '../lib/trpc.ts';
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
  const { actor } = useSession();
  const accounts = useQuery(
    trpc.accounts.list.queryOptions({ limit: 200 }, { enabled: actor.kind === 'root' }),
  );
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
