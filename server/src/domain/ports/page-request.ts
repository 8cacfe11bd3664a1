/** Selects a page of a list. */
export interface PageRequest {
  /** `nextCursor` of the previous page. Undefined: the first page. */
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Selects a page of a list that can count its matches. */
export interface CountedPageRequest extends PageRequest {
  /** Whether to count all matches. @default false */
  readonly withTotal?: boolean | undefined;
}

/** What a caller can see: the objects that match all given fields. */
export interface Visibility {
  /** Undefined: objects of all accounts. */
  readonly accountId?: string | undefined;
  /** Undefined: objects of all apps. */
  readonly appId?: string | undefined;
  /** Deleted apps whose objects are not erased yet. */
  readonly excludedAppIds: readonly string[];
}

/** Whether an object of an app is visible. */
export function isVisible(
  { accountId, appId, excludedAppIds }: Visibility,
  object: { readonly appId: string; readonly accountId: string },
): boolean {
  return (
    (accountId === undefined || accountId === object.accountId) &&
    (appId === undefined || appId === object.appId) &&
    !excludedAppIds.includes(object.appId)
  );
}

/** A caller's filter, narrowed to what the caller can see. */
export type VisibleOnly<TFilter> = TFilter & Partial<Visibility>;
