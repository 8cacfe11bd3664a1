import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';
import { ErrorNotice } from './notice.tsx';

export interface Column<TItem> {
  readonly name: string;
  readonly cell: (item: TItem) => ReactNode;
  /** From which width on it is shown. @default always */
  readonly from?: 'sm' | 'md' | 'lg';
  readonly align?: 'right';
  /** Takes what the others leave, and cuts what is longer. */
  readonly isWide?: boolean;
}

const shownFrom = {
  sm: 'hidden sm:table-cell',
  md: 'hidden md:table-cell',
  lg: 'hidden lg:table-cell',
} as const;

export interface DataTableProps<TItem> {
  /** For those who cannot see where the table stands. */
  readonly label: string;
  readonly columns: readonly Column<TItem>[];
  /** Undefined while it is loaded for the first time. */
  readonly items: readonly TItem[] | undefined;
  readonly keyOf: (item: TItem) => string;
  /** Makes each row lead somewhere; the first column becomes the link. */
  readonly hrefOf?: ((item: TItem) => string) | undefined;
  readonly error?: unknown;
  readonly onRetry?: () => void;
  readonly empty: ReactNode;
  /** As many rows as are expected, so that nothing jumps when they come. */
  readonly rowsWhileLoading?: number;
}

export function DataTable<TItem>(props: DataTableProps<TItem>) {
  const { label, columns, items, keyOf, hrefOf, error, onRetry, empty, rowsWhileLoading = 6 } = props;
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
            <th key={column.name} scope="col" className={cellStyle(column, 'h-9 font-medium')}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items === undefined
          ? Array.from({ length: rowsWhileLoading }, (_, row) => (
              <tr key={row} className="border-b border-line last:border-0">
                {columns.map((column) => (
                  <td key={column.name} className={cellStyle(column, 'h-11')}>
                    <div aria-hidden className="shimmer h-4 w-full max-w-32 min-w-8" />
                  </td>
                ))}
              </tr>
            ))
          : items.map((item) => (
              <tr
                key={keyOf(item)}
                className={classNames(
                  'border-b border-line last:border-0',
                  hrefOf && 'relative transition-colors focus-within:bg-sunken/60 hover:bg-sunken/60',
                )}
              >
                {columns.map((column, index) => (
                  <td key={column.name} className={cellStyle(column, 'h-11 py-1.5')}>
                    {hrefOf && index === 0 ? (
                      // Stretched over its row, so that the whole row can be clicked and there is one link for it.
                      <Link href={hrefOf(item)} className="after:absolute after:inset-0">
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

function cellStyle<TItem>(column: Column<TItem>, base: string): string {
  return classNames(
    base,
    'px-3 first:pl-4 last:pr-4',
    column.align === 'right' && 'text-right tabular-nums',
    column.isWide === true ? 'w-full max-w-0 truncate' : 'whitespace-nowrap',
    column.from && shownFrom[column.from],
  );
}

/** Newest first, by cursor: there is no number of pages to show. */
export function Pager({
  cursor,
  nextCursor,
  onChange,
}: {
  readonly cursor: string | undefined;
  readonly nextCursor: string | null | undefined;
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
        Newest
      </Button>
      <Button
        size="small"
        disabled={nextCursor === null || nextCursor === undefined}
        onClick={() => onChange(nextCursor ?? undefined)}
      >
        Older
        <ChevronRight aria-hidden className="size-4" />
      </Button>
    </nav>
  );
}
