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
}): Pick<SearchList, 'listIndex' | 'isSorted' | 'wordIndex' | 'base' | 'rest'> {
  // `as`: the documents of the callers have the field.
  const owner = accountId === undefined ? [] : [{ accountId } as Filter<never>];
  if (ids !== undefined) {
    const base = [{ _id: { $in: [...ids] } } as Filter<never>];
    return { listIndex: '_id_', isSorted: false, wordIndex: 'words', base, rest: owner };
  }
  return accountId === undefined
    ? { listIndex: 'by_age', isSorted: true, wordIndex: 'words', base: [], rest: [] }
    : { listIndex: 'by_account_age', isSorted: true, wordIndex: 'account_words', base: owner, rest: [] };
}
