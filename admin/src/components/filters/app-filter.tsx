import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useCan } from '../../lib/session.ts';
import { trpc, type CallError, type Outputs } from '../../lib/trpc.ts';
import { FilterSelect } from '../ui/field.tsx';

/** The most apps that are offered to choose from; with more one types the id. */
const maxOffered = 100;

export function useApps(): UseQueryResult<Outputs['apps']['list'], CallError> {
  const can = useCan();
  return useQuery(
    trpc.apps.list.queryOptions({ limit: maxOffered }, { enabled: can('webhooks:read'), staleTime: 30_000 }),
  );
}

/** Narrows a list to one app. */
export function AppFilter({
  value,
  onChange,
}: {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const apps = useApps();
  const isKnown = value === undefined || apps.data?.items.some((app) => app.id === value) === true;
  if (apps.data !== undefined && apps.data.nextCursor === null && isKnown) {
    const choices = apps.data.items.map((app) => ({
      value: app.id,
      text: app.name === app.id ? app.id : `${app.name} (${app.id})`,
    }));
    return <FilterSelect label="App" value={value} choices={choices} onChange={onChange} />;
  }
  return (
    <AppInput
      key={value}
      value={value}
      ids={apps.data?.items.map((app) => app.id) ?? []}
      onChange={onChange}
    />
  );
}

function AppInput({
  value,
  ids,
  onChange,
}: {
  readonly value: string | undefined;
  readonly ids: readonly string[];
  readonly onChange: (value: string | undefined) => void;
}) {
  const listId = useId();
  const [text, setText] = useState(value ?? '');
  const commit = () => {
    const id = text.trim();
    if (id !== (value ?? '')) onChange(id === '' ? undefined : id);
  };
  return (
    <>
      <input
        aria-label="App"
        placeholder="App id"
        list={listId}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
        className="field h-8! w-40! text-[0.8667rem]!"
      />
      <datalist id={listId}>
        {ids.map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </>
  );
}
