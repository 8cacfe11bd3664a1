/** Which page of a list. */
export interface PageRequest {
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** A caller's filter, narrowed to the apps that the caller may see. `appIds` undefined: to all apps. */
export type VisibleOnly<TFilter> = TFilter & { readonly appIds?: readonly string[] | undefined };
