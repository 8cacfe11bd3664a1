/** What a combobox says below its matches. */
export function toSearchFooter(
  { hasMore, error }: { readonly hasMore: boolean; readonly error: unknown },
  { limit, noun }: { readonly limit: number; readonly noun: string },
): string | false {
  if (error !== null) return `The ${noun} did not load.`;
  return hasMore && `The first ${limit} matches. Type to narrow them.`;
}
