import { useState } from 'react';

/** Filters by the id of a webhook, key, app, account or delivery. */
export function TargetFilter({
  value,
  onChange,
}: {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const [text, setText] = useState(value ?? '');
  const commit = () => {
    const id = text.trim();
    if (id !== (value ?? '')) onChange(id === '' ? undefined : id);
  };
  return (
    <input
      type="search"
      aria-label="Target ID"
      placeholder="Target ID"
      maxLength={200}
      value={text}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => {
        setText(event.target.value);
        // The button of the field that clears it.
        if (event.target.value === '') onChange(undefined);
      }}
      onBlur={commit}
      onKeyDown={(event) => event.key === 'Enter' && commit()}
      className="field h-8! w-44! text-[0.8667rem]!"
    />
  );
}
