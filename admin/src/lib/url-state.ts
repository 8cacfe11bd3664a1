import { useCallback } from 'react';
import { useLocation, useSearch } from 'wouter';

/** Keeps filters in the query string, so that views can be shared and the back button undoes a filter. */
export function useUrlState<TName extends string>(names: readonly TName[]) {
  const [path, navigate] = useLocation();
  const search = useSearch();
  const params = new URLSearchParams(search);
  const values = Object.fromEntries(names.map((name) => [name, params.get(name) ?? undefined])) as Record<
    TName,
    string | undefined
  >;

  /** Updates the given parameters. Resets the cursor when a filter changes. */
  const set = useCallback(
    (change: Partial<Record<TName | 'cursor', string | undefined>>, options: { replace?: boolean } = {}) => {
      const next = new URLSearchParams(search);
      if (!('cursor' in change)) next.delete('cursor');
      for (const [name, value] of Object.entries(change) as [string, string | undefined][]) {
        if (value === undefined || value === '') next.delete(name);
        else next.set(name, value);
      }
      const text = next.toString();
      navigate(text === '' ? path : `${path}?${text}`, options);
    },
    [path, search, navigate],
  );
  return [values, set] as const;
}

/** Builds a path with a query string, such as `/deliveries?status=failed`. Omits undefined parameters. */
export function toHref(path: string, params: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    if (value !== undefined && value !== '') query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
