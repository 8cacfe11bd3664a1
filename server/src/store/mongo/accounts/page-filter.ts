/**
 * Selects the documents of an account, or of all accounts, that follow the cursor in descending order of ids.
 */
export function toPageFilter(
  filter: { readonly accountId?: string | undefined },
  cursor: string | undefined,
) {
  return {
    ...(filter.accountId === undefined ? {} : { accountId: filter.accountId }),
    ...(cursor === undefined ? {} : { _id: { $lt: cursor } }),
  };
}
