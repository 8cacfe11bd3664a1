import { pluralize } from '../../lib/format.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { Button } from '../ui/button.tsx';
import { CardToolbar } from '../ui/card.tsx';
import { SearchField } from '../ui/search-field.tsx';
import { AccountFilter } from './account-filter.tsx';

export type SearchFilters = ReturnType<typeof useSearchFilters>;

/** The search and the account of a list, kept in the address. */
export function useSearchFilters() {
  const [{ search, account }, set] = useUrlState(['search', 'account']);
  return {
    search,
    accountId: account,
    isFiltered: search !== undefined || account !== undefined,
    /** Changes with the filters. */
    key: `${search ?? ''} ${account ?? ''}`,
    set,
    clear: () => set({ search: undefined, account: undefined }),
  };
}

/** Filters a list by words and by account. Says how many items there are, and their order. */
export function SearchToolbar({
  label,
  filters: { search, accountId, isFiltered, set, clear },
  total,
  noun,
}: {
  readonly label: string;
  readonly filters: SearchFilters;
  /** Undefined while it is not known. Null: more than the server counts. */
  readonly total: number | null | undefined;
  readonly noun: string;
}) {
  return (
    <CardToolbar>
      <SearchField
        label={label}
        placeholder="Search by name or ID"
        value={search}
        onChange={(next) => set({ search: next }, { replace: true })}
      />
      <AccountFilter
        value={accountId}
        placeholder="Account: all"
        onChange={(next) => set({ account: next })}
      />
      {isFiltered && (
        <Button size="small" variant="ghost" onClick={clear}>
          Clear filters
        </Button>
      )}
      <span role="status" className="ml-auto min-w-40 text-right text-[0.8667rem] text-ink-3 tabular-nums">
        {toTotalText(total, noun)}
      </span>
    </CardToolbar>
  );
}

function toTotalText(total: number | null | undefined, noun: string): string {
  if (total === undefined) return '';
  if (total === 0 || total === 1) return pluralize(total, noun);
  return `${total === null ? `Over 10,000 ${noun}s` : pluralize(total, noun)}, newest first`;
}
