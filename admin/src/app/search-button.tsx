import { Search } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';

const CommandPalette = lazy(async () => {
  const { CommandPalette: Palette } = await import('../features/search/command-palette.tsx');
  return { default: Palette };
});

/** Opens the search, like ⌘K, Ctrl+K and `/`. */
export function SearchButton() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isShortcut(event)) return;
      event.preventDefault();
      setOpen(true);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        aria-keyshortcuts="Meta+K Control+K /"
        onClick={() => setOpen(true)}
        className="flex h-8.5 w-full max-w-md items-center gap-2 rounded-lg border border-line-strong bg-surface px-2.5 text-left text-[0.9rem] text-ink-3 transition-colors hover:border-ink-3"
      >
        <Search aria-hidden className="size-4 shrink-0" />
        <span className="min-w-0 flex-1 truncate">Search users, webhooks, ids</span>
        <kbd aria-hidden className="hidden rounded border border-line px-1.5 font-mono text-2xs sm:block">
          {isApple ? '⌘K' : 'Ctrl K'}
        </kbd>
      </button>
      <Suspense>{isOpen && <CommandPalette isOpen onOpenChange={setOpen} />}</Suspense>
    </>
  );
}

const isApple = /mac|iphone|ipad/i.test(navigator.userAgent);

function isShortcut({ key, metaKey, ctrlKey, altKey, target }: KeyboardEvent): boolean {
  if (key.toLowerCase() === 'k' && (metaKey || ctrlKey) && !altKey) return true;
  if (key !== '/' || metaKey || ctrlKey || altKey) return false;
  const element = target instanceof HTMLElement ? target : undefined;
  // While a dialog is open, the rest of the page is out of reach.
  return (
    element?.closest('input, textarea, select, [contenteditable]') === null &&
    document.querySelector('[role="dialog"]') === null
  );
}
