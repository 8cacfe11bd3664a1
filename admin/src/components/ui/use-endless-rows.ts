import { defaultRangeExtractor, useVirtualizer, type Range, type VirtualItem } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type RefObject,
} from 'react';

/** Heights before a row is measured: of a table row, and of a card on a phone. */
const rowHeight = 49;
const cardHeight = 88;

/** Rows that are rendered beyond the visible ones on both sides. */
const overscan = 8;

/** Rows before the end of the loaded ones at which the next page is loaded. */
const loadAhead = 30;

/** How long the view must rest before the visible rows are reported, ms. */
const restMs = 200;

export interface EndlessRowsOptions {
  readonly scroller: RefObject<HTMLElement | null>;
  /** The rows start at the first one when this changes. */
  readonly filterKey: string;
  readonly keys: readonly string[];
  readonly hasMore: boolean;
  readonly onMore: () => void;
  readonly onVisible?: ((keys: readonly string[]) => void) | undefined;
}

/** The rows of a long list that are in view, with the keys that move between them. */
export function useEndlessRows({
  scroller,
  filterKey,
  keys,
  hasMore,
  onMore,
  onVisible,
}: EndlessRowsOptions) {
  const [focused, setFocused] = useState<number>();
  const wanted = useRef<number>(undefined);
  const count = keys.length;
  const rows = useVirtualizer({
    count,
    overscan,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => keys[index] ?? index,
    estimateSize: () => (window.innerWidth < 640 ? cardHeight : rowHeight),
    // The first frame has the rows of a screen, before the height is measured.
    initialRect: { width: 0, height: 720 },
    rangeExtractor: useCallback(
      (range: Range) => withRow(defaultRangeExtractor(range), focused, range.count),
      [focused],
    ),
  });
  useLayoutEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [scroller, filterKey]);
  const items = listItems(rows.getVirtualItems());
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (hasMore && last >= count - loadAhead) onMore();
  }, [hasMore, last, count, onMore]);
  useReport(items.map(({ index }) => keys[index] ?? '').join(' '), onVisible);
  useEffect(() => {
    const link = wanted.current === undefined ? null : findLink(scroller.current, wanted.current);
    if (link === null) return;
    wanted.current = undefined;
    link.focus({ preventScroll: true });
  });
  return {
    rows,
    items,
    onFocus: (index: number) => setFocused(index),
    onBlur: () => setFocused(undefined),
    onKeyDown: (event: KeyboardEvent, index: number) => {
      const next = toNextRow(event.key, index, count - 1);
      if (next === undefined || event.target !== findLink(scroller.current, index)) return;
      event.preventDefault();
      wanted.current = next;
      setFocused(next);
      rows.scrollToIndex(next);
    },
  };
}

/**
 * Leaves out rows without a measurement. The virtualizer has some for one render if a row of a longer list is measured
 * after the list became shorter, and it is long again.
 */
function listItems(items: readonly (VirtualItem | undefined)[]): VirtualItem[] {
  return items.filter((item) => item !== undefined);
}

/** Keeps the row with the focus, which a removed element would lose. A shorter list can be without it. */
function withRow(indexes: number[], focused: number | undefined, count: number): number[] {
  if (focused === undefined || focused >= count || indexes.includes(focused)) return indexes;
  return [...indexes, focused].sort((a, b) => a - b);
}

function useReport(keys: string, onVisible: EndlessRowsOptions['onVisible']): void {
  useEffect(() => {
    if (onVisible === undefined) return undefined;
    const timer = setTimeout(() => onVisible(keys === '' ? [] : keys.split(' ')), restMs);
    return () => clearTimeout(timer);
  }, [keys, onVisible]);
}

function findLink(scroller: HTMLElement | null, index: number): HTMLElement | null {
  return scroller?.querySelector<HTMLElement>(`[data-index="${index}"] [data-row-link]`) ?? null;
}

function toNextRow(key: string, index: number, last: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, index + 1);
    case 'ArrowUp':
      return Math.max(0, index - 1);
    case 'PageDown':
      return Math.min(last, index + 10);
    case 'PageUp':
      return Math.max(0, index - 10);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
