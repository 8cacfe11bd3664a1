/** A name with an id below it. Both are cut instead of each other. */
export function NameAndId({ name, id }: { readonly name: string; readonly id: string }) {
  return (
    <span className="flex min-w-0 flex-col">
      <bdi className="truncate text-left font-medium">{name}</bdi>
      <code title={id} className="truncate font-mono text-xs text-ink-3">
        {id}
      </code>
    </span>
  );
}
