import { useAccount } from '../lib/accounts.ts';

/** The name of an account, or its id if the name is not known. */
export function AccountName({ id }: { readonly id: string }) {
  const name = useAccount(id)?.name;
  if (name === undefined) return <code className="font-mono text-[0.8rem]">{id}</code>;
  return (
    <bdi title={id} className="inline-block max-w-full truncate align-bottom">
      {name}
    </bdi>
  );
}
