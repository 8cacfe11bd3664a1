import type { Filter } from 'mongodb';
import type { SearchList } from '../driver/search-list.ts';

/**
 * Selects the objects of an account, or of all accounts, and their indexes. If the ids are given, the account is only
 * compared.
 */
export function toNarrowing({
  accountId,
  ids,
}: {
  readonly accountId?: string | undefined;
  readonly ids?: readonly string[] | undefined;
}): Pick<SearchList, 'listIndex' | 'wordIndex' | 'base' | 'rest'> {
  // `as`: the documents of the callers have the field.
  const owner = accountId === undefined ? [] : [{ accountId } as Filter<never>];
  if (ids !== undefined) {
    const base = [{ _id: { $in: [...ids] } } as Filter<never>];
    return { listIndex: '_id_', wordIndex: 'words', base, rest: owner };
  }
  return accountId === undefined
    ? { listIndex: '_id_', wordIndex: 'words', base: [], rest: [] }
    : { listIndex: 'accountId_1__id_-1', wordIndex: 'account_words', base: owner, rest: [] };
}
