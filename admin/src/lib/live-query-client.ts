import {
  QueryClient,
  type DefaultedQueryObserverOptions,
  type Query,
  type QueryClientConfig,
} from '@tanstack/react-query';

/**
 * How often queries are polled while the server notifies of changes, in milliseconds: for what changes with time alone,
 * and in case a notice was lost.
 */
const idleMs = 300_000;

type Defaulted = DefaultedQueryObserverOptions;

/** A query client that polls at the intervals of its queries only while no notices of changes arrive. */
export class LiveQueryClient extends QueryClient {
  readonly #isNotified: () => boolean;

  constructor(isNotified: () => boolean, config: QueryClientConfig) {
    super(config);
    this.#isNotified = isNotified;
  }

  // `as`: the types of the base class are generic, and an interval does not depend on them.
  override defaultQueryOptions: QueryClient['defaultQueryOptions'] = ((options: Defaulted) => {
    if (options._defaulted === true) return options;
    const defaulted = super.defaultQueryOptions(options) as Defaulted;
    const { refetchInterval } = defaulted;
    if (refetchInterval === undefined || refetchInterval === false) return defaulted;
    return {
      ...defaulted,
      refetchInterval: (query: Query) => {
        const ms = typeof refetchInterval === 'function' ? refetchInterval(query) : refetchInterval;
        if (ms === undefined || ms === false) return false;
        return this.#isNotified() ? Math.max(ms, idleMs) : ms;
      },
    };
  }) as never;
}
