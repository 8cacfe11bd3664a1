import { ArrowDown, ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { ErrorNotice, RefreshError } from './notice.tsx';

export interface Column<TItem> {
  readonly header: string;
  readonly cell: (item: TItem) => ReactNode;
  /**
   * The smallest screen width that shows the column.
   * @default every width
   */
  readonly visibleFrom?: 'sm' | 'md' | 'lg' | 'xl';
  /**
   * How a phone shows the column, where a row is a card. `label`: with the header before the value. `line`: like
   * `label`, on a line of its own. `text`: its value on lines of its own. `corner`: at the upper right.
   * @default its value, if the column is visible at every width
   */
  readonly onPhone?: 'value' | 'label' | 'line' | 'text' | 'corner';
  readonly align?: 'right';
  /** Fills the remaining width and truncates longer content. */
  readonly grow?: boolean;
  /**
   * The class of its width in an `EndlessTable`, such as `sm:w-32`. Its columns do not follow their content, because
   * they would move while one scrolls.
   */
  readonly width?: string;
  /** Set on the column that the rows are sorted by, with the highest values first. */
  readonly sorted?: 'descending';
}

const visibilityClasses = {
  sm: 'max-sm:hidden',
  md: 'max-md:hidden',
  lg: 'max-lg:hidden',
  xl: 'max-xl:hidden',
} as const;

/** For columns that phones show as well. */
const tabletClasses = {
  sm: '',
  md: 'sm:max-md:hidden',
  lg: 'sm:max-lg:hidden',
  xl: 'sm:max-xl:hidden',
} as const;

/** The parts of a query that a table shows, apart from its items. */
export interface TableQuery {
  readonly error: unknown;
  /** True while the rows belong to the filters of before. */
  readonly isPlaceholderData: boolean;
  readonly refetch: () => unknown;
}

export interface DataTableProps<TItem> {
  /** The accessible name of the table. */
  readonly label: string;
  readonly columns: readonly Column<TItem>[];
  /** Undefined during the first load. */
  readonly items: readonly TItem[] | undefined;
  readonly getRowKey: (item: TItem) => string;
  /** Makes each row a link; the first column holds the anchor. */
  readonly getRowHref?: ((item: TItem) => string) | undefined;
  /** Where the items come from, unless the page itself shows its errors. */
  readonly query?: TableQuery;
  readonly empty: ReactNode;
  /** Placeholder rows during the first load. Match the expected count to avoid a layout shift. */
  readonly skeletonRows?: number;
}

/** A table. On a phone, each row is a card with the first column as its title. */
export function DataTable<TItem>(props: DataTableProps<TItem>) {
  const { label, columns, items, getRowKey, getRowHref, query, empty, skeletonRows = 6 } = props;
  const error = query?.error ?? null;
  if (items === undefined && error !== null) {
    return <ErrorNotice error={error} onRetry={() => void query?.refetch()} />;
  }
  const isOutdated = query?.isPlaceholderData === true;
  if (items?.length === 0) {
    return (
      <>
        {!isOutdated && <RefreshError error={error} />}
        <div className={isOutdated ? 'opacity-40' : undefined}>{empty}</div>
      </>
    );
  }
  return (
    <>
      {!isOutdated && <RefreshError error={error} />}
      <div className={classNames('sm:overflow-x-auto', isOutdated && 'opacity-40')}>
        {/* The explicit roles stay when a phone lays the elements out as cards. */}
        <table
          role="table"
          className="w-full table-auto text-[0.9333rem] max-sm:block"
          aria-busy={items === undefined || isOutdated}
        >
          <caption className="sr-only">{label}</caption>
          <thead role="rowgroup" className="max-sm:sr-only">
            <tr role="row" className="border-b border-line text-left text-xs text-ink-3">
              {columns.map((column) => (
                <th
                  key={column.header}
                  role="columnheader"
                  scope="col"
                  aria-sort={column.sorted}
                  className={cellClassName(column, 'h-9 font-medium')}
                >
                  <HeaderText column={column} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup" className="max-sm:block">
            {items === undefined ? (
              <SkeletonRows columns={columns} count={skeletonRows} />
            ) : (
              items.map((item) => (
                <tr
                  key={getRowKey(item)}
                  role="row"
                  className={classNames(
                    toRowClassName(columns),
                    getRowHref && 'transition-colors focus-within:bg-sunken/60 hover:bg-sunken/60',
                  )}
                >
                  {columns.map((column, index) => (
                    <td
                      key={column.header}
                      role="cell"
                      data-label={column.header}
                      className={cellClassName(column, 'sm:h-11 sm:py-1.5')}
                    >
                      {getRowHref && index === 0 ? (
                        // Stretched over the row: the whole row is clickable, with a single link.
                        <Link href={getRowHref(item)} className="after:absolute after:inset-0">
                          {column.cell(item)}
                        </Link>
                      ) : (
                        column.cell(item)
                      )}
                    </td>
                  ))}
                </tr>
              ))
            )}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** The row of a table, which is a card on a phone. */
const rowClassName =
  'relative border-b border-line last:border-0 max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-3 max-sm:gap-y-1 max-sm:px-4 max-sm:py-2.5';

/** The header of a column. An arrow marks the one that the rows are sorted by. */
export function HeaderText<TItem>({ column: { header, sorted } }: { readonly column: Column<TItem> }) {
  if (sorted === undefined) return header;
  return (
    <span className="inline-flex items-center gap-1 text-ink-2">
      {header}
      <ArrowDown aria-hidden className="size-3" />
    </span>
  );
}

/** The class of a row. On a phone, its title leaves room for what is in the corner. */
export function toRowClassName<TItem>(columns: readonly Column<TItem>[]): string {
  const hasCorner = columns.some(({ onPhone }) => onPhone === 'corner');
  return classNames(rowClassName, hasCorner && 'max-sm:*:first:pr-20');
}

export function SkeletonRows<TItem>({
  columns,
  count,
  isFixed = false,
}: {
  readonly columns: readonly Column<TItem>[];
  readonly count: number;
  readonly isFixed?: boolean;
}) {
  return Array.from({ length: count }, (_, row) => (
    <tr key={row} role="row" className={toRowClassName(columns)}>
      {columns.map((column) => (
        <td
          key={column.header}
          role="cell"
          className={cellClassName(column, isFixed ? 'h-12 max-sm:h-5' : 'h-11 max-sm:h-5', isFixed)}
        >
          <div aria-hidden className="shimmer h-4 w-full max-w-32 min-w-8" />
        </td>
      ))}
    </tr>
  ));
}

/** @param isFixed - whether the width of a column does not depend on its content */
export function cellClassName<TItem>(column: Column<TItem>, base: string, isFixed = false): string {
  const { visibleFrom, onPhone, align, grow } = column;
  return classNames(
    base,
    'sm:px-3 sm:first:pl-4 sm:last:pr-4 max-sm:first:basis-full max-sm:min-w-0 max-sm:max-w-full max-sm:empty:hidden',
    // Labels and values of a card have one size.
    'max-sm:not-first:text-[0.8667rem]',
    align === 'right' && 'sm:text-right tabular-nums',
    grow === true ? 'truncate' : 'whitespace-nowrap',
    grow === true && !isFixed && 'sm:w-full sm:max-w-0 sm:min-w-44',
    isFixed && 'sm:truncate',
    isFixed && column.width,
    onPhone === 'line' &&
      'max-sm:flex max-sm:basis-full max-sm:items-baseline max-sm:*:min-w-0 max-sm:*:truncate',
    onPhone === 'text' && 'max-sm:basis-full max-sm:whitespace-normal',
    onPhone === 'corner' && 'max-sm:absolute max-sm:top-2.5 max-sm:right-4',
    (onPhone === 'label' || onPhone === 'line') &&
      'max-sm:before:mr-1.5 max-sm:before:text-ink-3 max-sm:before:content-[attr(data-label)]',
    visibleFrom && (onPhone === undefined ? visibilityClasses : tabletClasses)[visibleFrom],
  );
}

/** Cursor pagination. Cursors give no page count. */
export function Pager({
  cursor,
  nextCursor,
  isOutdated = false,
  labels = { first: 'Newest', next: 'Older' },
  onChange,
}: {
  readonly cursor: string | undefined;
  readonly nextCursor: string | null | undefined;
  /**
   * Whether `nextCursor` belongs to the filters of before.
   * @default false
   */
  readonly isOutdated?: boolean;
  /** @default those of a list with the newest first */
  readonly labels?: { readonly first: string; readonly next: string };
  readonly onChange: (cursor: string | undefined) => void;
}) {
  if (cursor === undefined && (nextCursor === null || nextCursor === undefined)) return null;
  return (
    <nav
      aria-label="Pages"
      className="flex items-center justify-between gap-2 border-t border-line px-4 py-2.5"
    >
      <Button
        size="small"
        disabled={cursor === undefined}
        onClick={() => onChange(undefined)}
        icon={<ChevronLeft aria-hidden className="size-4" />}
      >
        {labels.first}
      </Button>
      <Button
        size="small"
        disabled={isOutdated || nextCursor === null || nextCursor === undefined}
        onClick={() => onChange(nextCursor ?? undefined)}
      >
        {labels.next}
        <ChevronRight aria-hidden className="size-4" />
      </Button>
    </nav>
  );
}
