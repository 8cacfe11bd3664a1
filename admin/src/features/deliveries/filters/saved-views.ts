import { useState } from 'react';
import { filterNames, noFilters, type DeliveryFilterValues } from './delivery-filters.ts';

/** A named set of filters. */
export interface DeliveryView {
  readonly name: string;
  readonly filters: Partial<DeliveryFilterValues>;
}

/** Views that every browser has. Their times are relative to now. */
export const builtInViews: readonly DeliveryView[] = [
  { name: 'All deliveries', filters: {} },
  { name: 'Failed in the last day', filters: { status: 'failed', period: '24h' } },
  { name: 'Waiting for retry', filters: { status: 'pending', attempts: '1' } },
  { name: 'Slow', filters: { slower: '2000', period: '24h' } },
];

const storageKey = 'tocsin.views.deliveries';
const maxViews = 50;

/** The views that the user has saved in this browser, by name. */
export function useSavedViews() {
  const [views, setViews] = useState(readViews);
  const store = (next: readonly DeliveryView[]) => {
    setViews(next);
    try {
      localStorage.setItem(storageKey, JSON.stringify(next));
    } catch {
      // Without storage, the views last until the page is left.
    }
  };
  return {
    views,
    /** Replaces a view of the same name. */
    save: (view: DeliveryView) =>
      store(
        [...views.filter(({ name }) => name !== view.name), view]
          .sort((a, b) => a.name.localeCompare(b.name))
          .slice(0, maxViews),
      ),
    remove: (removed: string) => store(views.filter(({ name }) => name !== removed)),
  };
}

/** Whether the filters in force are those of a view. */
export function isView({ filters }: DeliveryView, values: DeliveryFilterValues): boolean {
  const wanted = { ...noFilters, ...filters };
  return filterNames.every((name) => wanted[name] === values[name]);
}

/** What another release or a user has stored may have any form. */
function readViews(): readonly DeliveryView[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(stored) ? stored.flatMap((view: unknown) => toView(view) ?? []) : [];
  } catch {
    return [];
  }
}

function toView(stored: unknown): DeliveryView | undefined {
  if (typeof stored !== 'object' || stored === null || !('name' in stored) || !('filters' in stored)) {
    return undefined;
  }
  const { name, filters } = stored;
  if (typeof name !== 'string' || typeof filters !== 'object' || filters === null) return undefined;
  const known = Object.entries(filters).filter(
    ([key, value]) => filterNames.some((filter) => filter === key) && typeof value === 'string',
  );
  return { name, filters: Object.fromEntries(known) };
}
