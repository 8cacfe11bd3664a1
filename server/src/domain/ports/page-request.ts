/** Selects a page of a list. */
export interface PageRequest {
  /** `nextCursor` of the previous page. Undefined: the first page. */
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** The place of an object in a list by age. Objects of one time are in the order of their ids. */
export interface AgePosition {
  /** Epoch ms. */
  readonly createdAt: number;
  readonly id: string;
}

/** Selects a page of a list by age, newest first. */
export interface AgePageRequest {
  /** The last object of the previous page. Undefined: the first page. */
  readonly after: AgePosition | undefined;
  readonly limit: number;
  /** Whether to count all matches. @default false */
  readonly withTotal?: boolean | undefined;
}

/** A page of a list by age. */
export interface AgePage<TItem> {
  readonly items: readonly TItem[];
  /** Where the next page continues. Undefined on the last page. */
  readonly next: AgePosition | undefined;
  /** Number of all matches. Null: too many to count. Undefined: not counted. */
  readonly total?: number | null | undefined;
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
