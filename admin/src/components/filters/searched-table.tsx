import type { ReactNode } from 'react';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import type { Column } from '../ui/data-table.tsx';
import { EndlessTable, type EndlessQuery } from '../ui/endless-table.tsx';
import { EmptyNotice } from '../ui/notice.tsx';
import { SearchToolbar, type SearchFilters } from './search-toolbar.tsx';

/** A list of any length with a search by name or id, in a card. */
export function SearchedTable<TItem extends { readonly id: string }>({
  label,
  noun,
  filters,
  query,
  items,
  total,
  columns,
  empty,
  getRowHref,
  onVisible,
}: {
  /** What the list has, as its accessible name: `API keys`. */
  readonly label: string;
  /** One of them, for numbers and notices: `key`. */
  readonly noun: string;
  readonly filters: SearchFilters;
  readonly query: EndlessQuery;
  /** Undefined during the first load. */
  readonly items: readonly TItem[] | undefined;
  /** Undefined while it is not known. Null: more than the server counts. */
  readonly total: number | null | undefined;
  readonly columns: readonly Column<TItem>[];
  /** What to do while there is none at all. */
  readonly empty: { readonly text: string; readonly action: ReactNode };
  readonly getRowHref?: (item: TItem) => string;
  readonly onVisible?: (keys: readonly string[]) => void;
}) {
  return (
    <Card flush>
      <SearchToolbar label={`Search ${label}`} filters={filters} total={total} noun={noun} />
      <EndlessTable
        label={label}
        items={items}
        total={total}
        query={query}
        filterKey={filters.key}
        getRowKey={getId}
        columns={columns}
        {...(getRowHref && { getRowHref })}
        {...(onVisible && { onVisible })}
        empty={
          filters.isFiltered ? (
            <EmptyNotice
              title={`No ${noun}s match`}
              action={<Button onClick={filters.clear}>Clear filters</Button>}
            >
              A search finds words of names and IDs by how they begin.
            </EmptyNotice>
          ) : (
            <EmptyNotice title={`No ${noun}s yet`} action={empty.action}>
              {empty.text}
            </EmptyNotice>
          )
        }
      />
    </Card>
  );
}

function getId({ id }: { readonly id: string }): string {
  return id;
}
