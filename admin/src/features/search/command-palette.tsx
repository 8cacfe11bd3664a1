import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { LoaderCircle, Search } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useId, useState, type KeyboardEvent } from 'react';
import { useLocation } from 'wouter';
import { classNames } from '../../components/ui/class-names.ts';
import { InlineError } from '../../components/ui/notice.tsx';
import { useCan } from '../../lib/session.ts';
import { trpc } from '../../lib/trpc.ts';
import { useDebounced } from '../../lib/use-debounced.ts';
import { pageLinks } from './kinds.ts';
import { NothingFound } from './nothing-found.tsx';
import { toResultGroups, toStartGroups, type PaletteEntry } from './palette-entries.ts';
import { PaletteList } from './palette-list.tsx';
import { readRecentSearches, rememberSearch } from '../../lib/recent-searches.ts';

/** Long enough that fast typing sends one search, short enough not to be noticed. */
const debounceMs = 120;

/** Longest query that the server accepts. */
const maxLength = 200;

/** One search over everything, in a dialog. Arrow keys move, Enter opens, Escape closes. */
export function CommandPalette({
  isOpen,
  onOpenChange,
}: {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}) {
  return (
    <Dialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/45 backdrop-blur-[2px]" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-3 left-1/2 z-50 flex max-h-[calc(100dvh-1.5rem)] w-[calc(100vw-1.5rem)] max-w-xl -translate-x-1/2 flex-col overflow-hidden rounded-2xl border border-line bg-surface shadow-pop focus:outline-none sm:top-[12vh] sm:max-h-[70vh]"
        >
          <Dialog.Title className="sr-only">Search</Dialog.Title>
          <PaletteContent onClose={() => onOpenChange(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteContent({ onClose }: { readonly onClose: () => void }) {
  const listId = useId();
  const { text, change, search, groups, entries, current, setActive, query, choose } = usePalette(onClose);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      // The entries of an older query are not what is asked for.
      if (!search.isOutdated) choose(entries[current]);
      return;
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0 || entries.length === 0) return;
    event.preventDefault();
    setActive((current + step + entries.length) % entries.length);
  };
  const Icon = search.isOutdated ? LoaderCircle : Search;
  return (
    <>
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Icon
          aria-hidden
          className={classNames('size-4.5 shrink-0 text-ink-3', search.isOutdated && 'animate-spin')}
        />
        <input
          role="combobox"
          aria-label="Search"
          aria-expanded
          aria-autocomplete="list"
          aria-controls={listId}
          aria-activedescendant={entries[current] === undefined ? undefined : `${listId}-${current}`}
          placeholder="User, license key, e-mail, webhook URL, name or id"
          autoComplete="off"
          spellCheck={false}
          maxLength={maxLength}
          value={text}
          dir="auto"
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
          className="h-13 min-w-0 flex-1 bg-transparent text-[1rem] outline-none placeholder:text-ink-3"
        />
        <kbd className="hidden rounded border border-line px-1.5 font-mono text-2xs text-ink-3 sm:block">
          Esc
        </kbd>
      </div>
      <div className="min-h-0 overflow-y-auto py-1.5">
        {search.error !== null && (
          <div className="px-4 py-2.5">
            <InlineError error={search.error} />
          </div>
        )}
        <NothingFound query={query} result={search.isOutdated ? undefined : search.result} />
        <PaletteList
          id={listId}
          groups={groups}
          active={current}
          isOutdated={search.isOutdated}
          onActivate={setActive}
          onChoose={choose}
        />
      </div>
    </>
  );
}

/** What the palette shows for its text, and what choosing an entry does. */
function usePalette(onClose: () => void) {
  const can = useCan();
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const query = text.trim();
  const search = useSearchHits(query);
  const pages = pageLinks.filter(({ scope }) => scope === undefined || can(scope));
  const groups =
    query === ''
      ? toStartGroups(readRecentSearches(), pages)
      : toResultGroups(query, search.error === null ? search.result : undefined, pages);
  const entries = groups.flatMap((group) => group.entries);
  const change = (value: string) => {
    setText(value);
    setActive(0);
  };
  const choose = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return;
    if (entry.href === undefined) {
      change(entry.title);
      return;
    }
    rememberSearch(query);
    onClose();
    navigate(entry.href);
  };
  const current = Math.min(active, Math.max(0, entries.length - 1));
  return { text, change, search, groups, entries, current, setActive, query, choose };
}

/** Searches once the typing pauses. Keeps the hits of the previous query until the new ones are there. */
function useSearchHits(query: string) {
  const settled = useDebounced(query, debounceMs);
  const { data, error, isPlaceholderData, isFetching } = useQuery(
    trpc.search.find.queryOptions(
      { query: settled },
      { enabled: settled !== '', placeholderData: keepPreviousData },
    ),
  );
  const isOutdated =
    query !== '' &&
    error === null &&
    (settled !== query || isPlaceholderData || (isFetching && data === undefined));
  return { result: query === '' ? undefined : data, error: query === '' ? null : error, isOutdated };
}
