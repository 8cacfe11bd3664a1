/** What the client asks of `fetch`. The global one fits, and so do undici's and test doubles. */
export type FetchLike = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string;
    signal: AbortSignal;
  },
) => Promise<FetchResponse>;

/** What the client reads of a response. */
export interface FetchResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** Read only by the live subscription. */
  readonly body: ReadableStream<Uint8Array> | null;
  text(): Promise<string>;
}
