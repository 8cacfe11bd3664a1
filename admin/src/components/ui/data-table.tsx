import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { ErrorNotice } from './notice.tsx';

export interface Column<TItem> {
  readonly header: string;
  readonly cell: (item: TItem) => ReactNode;
  /**
   * The smallest screen width that shows the column.
   * @default every width
   */
  readonly visibleFrom?: 'sm' | 'md' | 'lg' | 'xl';
  readonly align?: 'right';
  /** Fills the remaining width and truncates longer content. */
  readonly grow?: boolean;
}

const visibilityClasses = {
  sm: 'hidden sm:table-cell',
  md: 'hidden md:table-cell',
  lg: 'hidden lg:table-cell',
  xl: 'hidden xl:table-cell',
} as const;

export interface DataTableProps<TItem> {
  /** The accessible name of the table. */
  readonly label: string;
  readonly columns: readonly Column<TItem>[];
  /** Undefined during the first load. */
  readonly items: readonly TItem[] | undefined;
  readonly getRowKey: (item: TItem) => string;
  /** Makes each row a link; the first column holds the anchor. */
  readonly getRowHref?: ((item: TItem) => string) | undefined;
  readonly error?: unknown;
  readonly onRetry?: () => void;
  readonly empty: ReactNode;
  /** Placeholder rows during the first load. Match the expected count to avoid a layout shift. */
  readonly skeletonRows?: number;
}

export function DataTable<TItem>(props: DataTableProps<TItem>) {
  const { label, columns, items, getRowKey, getRowHref, error, onRetry, empty, skeletonRows = 6 } = props;
  if (items === undefined && error !== null && error !== undefined) {
    return <ErrorNotice error={error} {...(onRetry && { onRetry })} />;
  }
  if (items?.length === 0) return <>{empty}</>;
  return (
    <table className="w-full table-auto text-[0.9333rem]" aria-busy={items === undefined}>
      <caption className="sr-only">{label}</caption>
      <thead>
        <tr className="border-b border-line text-left text-xs text-ink-3">
          {columns.map((column) => (
            <th key={column.header} scope="col" className={cellClassName(column, 'h-9 font-medium')}>
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items === undefined
          ? Array.from({ length: skeletonRows }, (_, row) => (
              <tr key={row} className="border-b border-line last:border-0">
                {columns.map((column) => (
                  <td key={column.header} className={cellClassName(column, 'h-11')}>
                    <div aria-hidden className="shimmer h-4 w-full max-w-32 min-w-8" />
                  </td>
                ))}
              </tr>
            ))
          : items.map((item) => (
              <tr
                key={getRowKey(item)}
                className={classNames(
                  'border-b border-line last:border-0',
                  getRowHref && 'relative transition-colors focus-within:bg-sunken/60 hover:bg-sunken/60',
                )}
              >
                {columns.map((column, index) => (
                  <td key={column.header} className={cellClassName(column, 'h-11 py-1.5')}>
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
            ))}
      </tbody>
    </table>
  );
}

function cellClassName<TItem>(column: Column<TItem>, base: string): string {
  return classNames(
    base,
    'px-3 first:pl-4 last:pr-4',
    column.align === 'right' && 'text-right tabular-nums',
    column.grow === true ? 'w-full max-w-0 truncate' : 'whitespace-nowrap',
    column.visibleFrom && visibilityClasses[column.visibleFrom],
  );
}

/** Cursor pagination. Cursors give no page count. */
export function Pager({
  cursor,
  nextCursor,
  labels = { first: 'Newest', next: 'Older' },
  onChange,
}: {
  readonly cursor: string | undefined;
  readonly nextCursor: string | null | undefined;
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
        disabled={nextCursor === null || nextCursor === undefined}
        onClick={() => onChange(nextCursor ?? undefined)}
      >
        {labels.next}
        <ChevronRight aria-hidden className="size-4" />
      </Button>
    </nav>
  );
}
