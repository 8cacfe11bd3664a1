import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';

const placeById: readonly (readonly [RegExp, string])[] = [
  [/^evt_[0-9a-z]{26}$/, '/events/'],
  [/^dlv_[0-9a-z]{26}$/, '/deliveries/'],
  [/^wh_[0-9a-f]{12}$/, '/webhooks/'],
];

/** The way to anything that a customer or a log names: paste its id. `/` goes here from everywhere. */
export function IdSearch() {
  const input = useRef<HTMLInputElement>(null);
  const [, navigate] = useLocation();
  const [problem, setProblem] = useState(false);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : undefined;
      const isTyping =
        target?.closest('input, textarea, select, [contenteditable]') !== null && target !== undefined;
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  return (
    <form
      role="search"
      className="relative w-full max-w-md"
      onSubmit={(event) => {
        event.preventDefault();
        const id = input.current?.value.trim() ?? '';
        if (id === '') return;
        const place = placeById.find(([form]) => form.test(id))?.[1];
        setProblem(place === undefined && /^(evt|dlv|wh)_/.test(id));
        if (place === undefined && /^(evt|dlv|wh)_/.test(id)) return;
        navigate(`${place ?? '/apps/'}${encodeURIComponent(id)}`);
        if (input.current) input.current.value = '';
        input.current?.blur();
      }}
    >
      <Search
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-3"
      />
      <input
        ref={input}
        type="search"
        aria-label="Find an event, delivery, webhook or app by its id"
        aria-invalid={problem || undefined}
        placeholder="Find by id: evt_… dlv_… wh_… or an app"
        autoComplete="off"
        spellCheck={false}
        onChange={() => setProblem(false)}
        className="field h-8.5! pr-8! pl-8.5! text-[0.9rem]!"
      />
      <kbd
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2 hidden -translate-y-1/2 rounded border border-line px-1.5 font-mono text-2xs text-ink-3 sm:block"
      >
        /
      </kbd>
      {problem && (
        <p
          role="alert"
          className="absolute top-full left-0 mt-1 rounded-md border border-line bg-surface px-2 py-1 text-xs text-bad shadow-pop"
        >
          That id is not complete.
        </p>
      )}
    </form>
  );
}
