import { useQuery } from '@tanstack/react-query';
import { useSession } from '../lib/session.ts';
import { trpc } from '../lib/trpc.ts';
import { SelectField } from './ui/select-field.tsx';

/** Whose the new thing is. Asked only where there is a choice: a key has its own account, and many servers have one. */
export function AccountField({
  value,
  onChange,
}: {
  /** Empty: the default account. */
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
      choices={[
        { value: '', text: 'Default' },
        ...accounts.data.items.map(({ id, name }) => ({ value: id, text: `${name} (${id})` })),
      ]}
      onChange={onChange}
    />
  );
}
