import { Search, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useDebounced } from '../../lib/use-debounced.ts';

/** Searches a list while one types. Escape clears it. */
export function SearchField({
  label,
  placeholder,
  value,
  onChange,
}: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const [text, setText] = useState(value ?? '');
  const [known, setKnown] = useState(value);
  // A change from outside, such as the back button or "Clear filters", replaces what was typed.
  if (value !== known) {
    setKnown(value);
    if ((value ?? '') !== text.trim()) setText(value ?? '');
  }
  const settled = useDebounced(text.trim());
  useEffect(() => {
    if (settled === text.trim() && settled !== (value ?? '')) onChange(settled === '' ? undefined : settled);
  }, [settled, text, value, onChange]);
  return (
    <span className="relative min-w-0 flex-1 basis-56 max-sm:basis-full">
      <Search
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-3"
      />
      <input
        type="text"
        role="searchbox"
        aria-label={label}
        placeholder={placeholder}
        maxLength={200}
        autoComplete="off"
        spellCheck={false}
        className="field h-8! px-8! text-[0.8667rem]!"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && setText('')}
      />
      {text !== '' && (
        <button
          type="button"
          aria-label="Clear the search"
          onClick={() => setText('')}
          className="absolute top-1/2 right-1.5 -translate-y-1/2 rounded p-1 text-ink-3 hover:text-ink"
        >
          <X aria-hidden className="size-3.5" />
        </button>
      )}
    </span>
  );
}
