/** Sorts a page that is the whole list, because its ids say nothing about the age. Pass it as `select` of a query. */
export function newestFirst<TPage extends { readonly items: readonly { readonly createdAt: string }[] }>(
  page: TPage,
): TPage {
  return { ...page, items: page.items.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt)) };
}
