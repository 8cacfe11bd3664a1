/** The part of `fetch` that the client uses. The global one, that of undici and test doubles fit. */
export type FetchLike = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string;
    signal: AbortSignal;
    /** Redirects are errors: a followed one would send the token to another server. */
    redirect: 'manual';
  },
) => Promise<FetchResponse>;

/** The part of a `fetch` response that the client reads. */
export interface FetchResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Read only by `events.subscribe`. */
  readonly body: ReadableStream<Uint8Array> | null;
  text(): Promise<string>;
}
