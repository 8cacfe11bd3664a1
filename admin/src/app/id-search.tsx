import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';

const pathsByIdPattern: readonly (readonly [RegExp, string])[] = [
  [/^evt_[0-9a-z]{26}$/, '/events/'],
  [/^dlv_[0-9a-z]{26}(?:[0-9a-z]{2})?$/, '/deliveries/'],
  [/^wh_[0-9a-f]{12}$/, '/webhooks/'],
];

/** Opens an event, delivery, webhook or app by its id. The key `/` focuses the field. */
export function IdSearch() {
  const input = useRef<HTMLInputElement>(null);
  const [, navigate] = useLocation();
  const [isIncomplete, setIncomplete] = useState(false);

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
        const path = pathsByIdPattern.find(([pattern]) => pattern.test(id))?.[1];
        setIncomplete(path === undefined && /^(evt|dlv|wh)_/.test(id));
        if (path === undefined && /^(evt|dlv|wh)_/.test(id)) return;
        navigate(`${path ?? '/apps/'}${encodeURIComponent(id)}`);
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
        aria-label="Find an event, delivery, webhook or app by ID"
        aria-invalid={isIncomplete || undefined}
        placeholder="Find by ID: evt_… dlv_… wh_… or an app"
        autoComplete="off"
        spellCheck={false}
        onChange={() => setIncomplete(false)}
        className="field h-8.5! pr-8! pl-8.5! text-[0.9rem]!"
      />
      <kbd
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2 hidden -translate-y-1/2 rounded border border-line px-1.5 font-mono text-2xs text-ink-3 sm:block"
      >
        /
      </kbd>
      {isIncomplete && (
        <p
          role="alert"
          className="absolute top-full left-0 mt-1 rounded-md border border-line bg-surface px-2 py-1 text-xs text-bad shadow-pop"
        >
          This ID is incomplete.
        </p>
      )}
    </form>
  );
}
