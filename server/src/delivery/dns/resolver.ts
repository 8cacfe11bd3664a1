export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export interface LookupOptions {
  /** The account that the lookup is made for. Its lookups share its places and its part of the cache. */
  readonly accountId: string;
  /** Whether `localhost`, the hosts file and the search list apply, as they do for private targets only. */
  readonly hasLocalNames: boolean;
  /** Ignores answers from before this time of `performance.now()`. @default -Infinity */
  readonly notBefore?: number;
}

/**
 * Resolves a host name to all its addresses, in the order to try them. Rejects if there are none, with an
 * error whose `code` says why.
 */
export type Resolver = (host: string, options: LookupOptions) => Promise<readonly ResolvedAddress[]>;

/** The addresses of a name, or the code of the reason for which there are none. */
export type LookupAnswer =
  | {
      readonly addresses: readonly ResolvedAddress[];
      /** How long the answer may be used. */
      readonly ttlMs: number;
    }
  | { readonly code: string };
