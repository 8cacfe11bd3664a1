import stringWidth from 'string-width';
import { toPrintableLine } from './printable.ts';

/** A column of a table. */
export interface Column<TItem> {
  readonly title: string;
  readonly value: (item: TItem) => string | number | null;
  /** Whether the text may be cut to fit into the terminal. Ids never are. @default false */
  readonly canCut?: true;
}

const gap = '  ';
const ellipsis = '…';

/** A column that was cut keeps at least this width. */
const minWidth = 8;

/**
 * Renders the rows of a list for people, page by page. Columns keep their width over the pages, unless a later page has
 * longer texts.
 */
export class TableWriter<TItem> {
  readonly #columns: readonly Column<TItem>[];
  readonly #maxWidth: number | undefined;
  #widths: readonly number[];
  #hasHeader = false;

  /** @param maxWidth width of the terminal. Undefined: cuts nothing */
  constructor(columns: readonly Column<TItem>[], maxWidth: number | undefined) {
    this.#columns = columns;
    this.#maxWidth = maxWidth;
    this.#widths = columns.map(({ title }) => stringWidth(title));
  }

  /** Returns the rows as lines. The first call also returns the titles. */
  render(items: readonly TItem[]): string {
    const rows = items.map((item) => this.#columns.map(({ value }) => toCell(value(item))));
    this.#widths = this.#widths.map((width, index) =>
      Math.max(width, ...rows.map((row) => stringWidth(row[index] ?? ''))),
    );
    const widths = this.#fit(this.#widths);
    const header = this.#hasHeader ? [] : [this.#columns.map(({ title }) => title)];
    this.#hasHeader = true;
    return [...header, ...rows].map((row) => toLine(row, widths)).join('\n');
  }

  /** Narrows the widest columns that may be cut, until the table fits. */
  #fit(wanted: readonly number[]): readonly number[] {
    if (this.#maxWidth === undefined) return wanted;
    const widths = [...wanted];
    let excess =
      widths.reduce((sum, width) => sum + width, gap.length * (widths.length - 1)) - this.#maxWidth;
    for (; excess > 0; excess--) {
      const widest = this.#findWidest(widths);
      if (widest === undefined) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
    }
    return widths;
  }

  #findWidest(widths: readonly number[]): number | undefined {
    let found: number | undefined;
    for (const [index, width] of widths.entries()) {
      if (this.#columns[index]?.canCut !== true || width <= minWidth) continue;
      if (found === undefined || width > (widths[found] ?? 0)) found = index;
    }
    return found;
  }
}

function toCell(value: string | number | null): string {
  return value === null || value === '' ? '-' : toPrintableLine(String(value));
}

function toLine(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => {
      const width = widths[index] ?? 0;
      const text = stringWidth(cell) > width ? cut(cell, width) : cell;
      return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
    })
    .join(gap)
    .trimEnd();
}

function cut(text: string, width: number): string {
  let cutText = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(cutText + segment) > width - 1) break;
    cutText += segment;
  }
  return cutText + ellipsis;
}
