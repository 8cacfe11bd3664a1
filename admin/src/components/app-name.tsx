import { useApp } from '../lib/apps.ts';

/** The name of an app, or its id if the name is not known. */
export function AppName({ id }: { readonly id: string }) {
  const name = useApp(id)?.name;
  if (name === undefined) return <code className="font-mono text-[0.8rem]">{id}</code>;
  return (
    <bdi title={id} className="inline-block max-w-full truncate align-bottom">
      {name}
    </bdi>
  );
}
