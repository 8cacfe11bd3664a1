import { Fragment, useRef, type ReactNode } from 'react';
import { Link } from 'wouter';
import { classNames } from './class-names.ts';
import {
  cellClassName,
  HeaderText,
  SkeletonRows,
  toRowClassName,
  type Column,
  type TableQuery,
} from './data-table.tsx';
import { ErrorNotice, RefreshError } from './notice.tsx';
import { useEndlessRows } from './use-endless-rows.ts';

/** The parts of an infinite query that the table uses, apart from its items. */
export interface EndlessQuery extends TableQuery {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => unknown;
}

export interface EndlessTableProps<TItem> {
  /** The accessible name of the table. */
  readonly label: string;
  readonly columns: readonly Column<TItem>[];
  /** What is loaded so far. Undefined during the first load. */
  readonly items: readonly TItem[] | undefined;
  /** Number of all items. Undefined while it is not known. */
  readonly total?: number | null | undefined;
  readonly getRowKey: (item: TItem) => string;
  /** Makes each row a link; the first column holds the anchor. */
  readonly getRowHref?: (item: TItem) => string;
  readonly query: EndlessQuery;
  /** What selects and sorts the items. A change of it shows the list from its start. */
  readonly filterKey: string;
  readonly empty: ReactNode;
  /** Placeholder rows during the first load. */
  readonly skeletonRows?: number;
  /** Called with the keys of the rendered rows when the view rests. Pass a stable function. */
  readonly onVisible?: (keys: readonly string[]) => void;
}

/**
 * A table of any length. Only the rows in view are elements; the next page loads before its first row comes into view.
 * Its columns have fixed widths, and its header stays in view. On a phone, each row is a card.
 */
export function EndlessTable<TItem>(props: EndlessTableProps<TItem>) {
  const { items, query, empty } = props;
  if (items === undefined && query.error !== null) {
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  const isOutdated = query.isPlaceholderData;
  return (
    <>
      {!isOutdated && <RefreshError error={query.error} />}
      {items?.length === 0 && !query.hasNextPage ? (
        <div className={isOutdated ? 'opacity-40' : undefined}>{empty}</div>
      ) : (
        <Rows {...props} isOutdated={isOutdated} />
      )}
    </>
  );
}

function Rows<TItem>({
  label,
  columns,
  items,
  total,
  getRowKey,
  getRowHref,
  query,
  filterKey,
  skeletonRows = 8,
  onVisible,
  isOutdated,
}: EndlessTableProps<TItem> & { readonly isOutdated: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const shown = useEndlessRows({
    scroller,
    filterKey,
    keys: items?.map(getRowKey) ?? [],
    hasMore: hasNextPage && !isFetchingNextPage && !isOutdated,
    onMore: fetchNextPage,
    onVisible,
  });
  const { rows } = shown;
  return (
    <div
      ref={scroller}
      tabIndex={-1}
      className={classNames(
        'max-h-[max(24rem,calc(100dvh-15rem))] overflow-y-auto overscroll-auto',
        isOutdated && 'opacity-40',
      )}
    >
      {/* The explicit roles stay when a phone lays the elements out as cards. */}
      <table
        role="table"
        className="w-full text-[0.9333rem] max-sm:block sm:table-fixed"
        aria-busy={items === undefined || isOutdated}
        aria-rowcount={typeof total === 'number' ? total + 1 : -1}
      >
        <caption className="sr-only">{label}</caption>
        <Header columns={columns} />
        <tbody role="rowgroup" className="max-sm:block">
          {items === undefined ? (
            <SkeletonRows columns={columns} count={skeletonRows} isFixed />
          ) : (
            shown.items.map(({ index, key, start }, position) => {
              const item = items[index];
              if (item === undefined) return null;
              const before = position === 0 ? start : start - (shown.items[position - 1]?.end ?? 0);
              return (
                <Fragment key={key}>
                  <Gap height={before} />
                  <tr
                    ref={rows.measureElement}
                    data-index={index}
                    role="row"
                    aria-rowindex={index + 2}
                    onFocus={() => shown.onFocus(index)}
                    onBlur={shown.onBlur}
                    onKeyDown={(event) => shown.onKeyDown(event, index)}
                    className={classNames(
                      toRowClassName(columns),
                      getRowHref && 'focus-within:bg-sunken/60 hover:bg-sunken/60',
                    )}
                  >
                    <Cells columns={columns} item={item} href={getRowHref?.(item)} />
                  </tr>
                </Fragment>
              );
            })
          )}
          <Gap height={rows.getTotalSize() - (shown.items.at(-1)?.end ?? 0)} />
          {isFetchingNextPage && <SkeletonRows columns={columns} count={3} isFixed />}
        </tbody>
      </table>
    </div>
  );
}

function Header<TItem>({ columns }: { readonly columns: readonly Column<TItem>[] }) {
  return (
    <thead role="rowgroup" className="max-sm:sr-only">
      <tr role="row" aria-rowindex={1} className="text-left text-xs text-ink-3">
        {columns.map((column) => (
          <th
            key={column.header}
            role="columnheader"
            scope="col"
            aria-sort={column.sorted}
            className={cellClassName(
              column,
              'sticky top-0 z-10 h-9 bg-surface font-medium shadow-[inset_0_-1px_0_var(--line)]',
              true,
            )}
          >
            <HeaderText column={column} />
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** Takes the place of rows that are out of view. */
function Gap({ height }: { readonly height: number }) {
  if (height <= 0) return null;
  return <tr role="presentation" aria-hidden className="max-sm:block" style={{ height }} />;
}

function Cells<TItem>({
  columns,
  item,
  href,
}: {
  readonly columns: readonly Column<TItem>[];
  readonly item: TItem;
  readonly href: string | undefined;
}) {
  return columns.map((column, index) => (
    <td
      key={column.header}
      role="cell"
      data-label={column.header}
      className={cellClassName(column, 'sm:h-12 sm:py-1', true)}
    >
      {href !== undefined && index === 0 ? (
        // Stretched over the row: the whole row is clickable, with a single link.
        <Link href={href} data-row-link className="after:absolute after:inset-0">
          {column.cell(item)}
        </Link>
      ) : (
        column.cell(item)
      )}
    </td>
  ));
}
