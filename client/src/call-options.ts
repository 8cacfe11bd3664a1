/** Options that every call accepts beside its input. */
export interface CallOptions {
  /** Aborts the call with the code `ABORTED`. A request already sent may still take effect on the server. */
  readonly signal?: AbortSignal | undefined;
}
