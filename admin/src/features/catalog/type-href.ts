import { toHref } from '../../lib/url-state.ts';

/** The page of an event type. `account` is set if the operator looks at another account's types. */
export function toTypeHref(type: string, account: string | undefined): string {
  return toHref(`/catalog/types/${encodeURIComponent(type)}`, { account });
}
