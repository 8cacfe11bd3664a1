import { useQuery } from '@tanstack/react-query';
import { useSession } from '../../lib/session.ts';
import { trpc } from '../../lib/trpc.ts';
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
  const { actor } = useSession();
  const accounts = useQuery(
    trpc.accounts.list.queryOptions({ limit: 200 }, { enabled: actor.kind === 'root' }),
  );
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
