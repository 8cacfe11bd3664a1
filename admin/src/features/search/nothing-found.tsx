import type { SearchResult } from '@tocsin/shared';
import { findIdFault, kindStyles } from './kinds.ts';

/** Says that nothing was found, and what was searched. An error is not this state. */
export function NothingFound({
  query,
  result,
}: {
  readonly query: string;
  /** Undefined: not known yet. */
  readonly result: SearchResult | undefined;
}) {
  if (query === '' || result === undefined) return null;
  const { groups, searched, unavailable } = result;
  const kinds = searched.filter((kind) => !unavailable.includes(kind));
  return (
    <div role="status">
      {groups.length === 0 && (
        <div className="px-4 pt-3 pb-2">
          <p className="font-medium break-words">
            Nothing found for <bdi>“{query}”</bdi>
          </p>
          <p className="mt-1 text-[0.8667rem] text-ink-2">
            {findIdFault(query) ?? `Searched: ${kinds.map((kind) => kindStyles[kind].searched).join('; ')}.`}
          </p>
        </div>
      )}
      {unavailable.length > 0 && (
        <p className="px-4 py-2 text-[0.8667rem] text-warn">
          Not searched, because the database is not ready:{' '}
          {unavailable.map((kind) => kindStyles[kind].label.toLowerCase()).join(', ')}. Try again in a minute.
        </p>
      )}
    </div>
  );
}
