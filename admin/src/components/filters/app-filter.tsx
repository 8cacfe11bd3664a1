import { useId, useState } from 'react';
import { useApps } from '../../lib/apps.ts';
import { FilterSelect } from '../ui/field.tsx';

/** Filters a list by app. Shows a text field if there are too many apps for a select. */
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
    const options = apps.data.items.map((app) => ({
      value: app.id,
      label: app.name === app.id ? app.id : `${app.name} (${app.id})`,
    }));
    return <FilterSelect label="App" value={value} options={options} onChange={onChange} />;
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
        placeholder="App ID"
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
