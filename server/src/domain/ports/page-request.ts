/** Selects a page of a list. */
export interface PageRequest {
  /** `nextCursor` of the previous page. Undefined: the first page. */
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** A caller's filter, narrowed to the apps that the caller can access. `appIds` undefined: all apps. */
export type VisibleOnly<TFilter> = TFilter & { readonly appIds?: readonly string[] | undefined };
