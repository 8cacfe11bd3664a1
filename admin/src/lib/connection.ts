import type { Query, QueryCache, QueryCacheNotifyEvent } from '@tanstack/react-query';
import { toApiError } from './api-error.ts';

export interface ConnectionState {
  /** `lost`: the server does not respond. `unavailable`: it responds, but not with data. */
  readonly status: 'ok' | 'lost' | 'unavailable';
  /** When the oldest data that is on the page was loaded, in milliseconds. Undefined: there is none. */
  readonly dataFrom: number | undefined;
}

const ok: ConnectionState = { status: 'ok', dataFrom: undefined };

/**
 * Derives one connection state for the whole app from the results of its queries. It is lost with the first failed
 * attempt, and restored when a query succeeds and no query of the page fails.
 */
export class ConnectionMonitor {
  readonly #queries: QueryCache;
  readonly #listeners = new Set<() => void>();
  #state = ok;

  constructor(queries: QueryCache) {
    this.#queries = queries;
    queries.subscribe((event) => this.#onQueryEvent(event));
  }

  readonly getState = (): ConnectionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  #onQueryEvent(event: QueryCacheNotifyEvent): void {
    const isOk = this.#state.status === 'ok';
    if (event.type !== 'updated') {
      // Another page shows other data.
      if (event.type.startsWith('observer') && !isOk) this.#lose(undefined);
      return;
    }
    const failure = getFailure(event.query);
    if (event.action.type === 'success') {
      if (!isOk && this.#listFailing().length === 0) this.#setState(ok);
    } else if (failure !== undefined) {
      this.#lose(failure);
    }
  }

  #lose(failure: Failure | undefined): void {
    const status = failure ?? this.#state.status;
    const times = this.#listFailing().flatMap(({ state }) =>
      state.dataUpdatedAt === 0 ? [] : [state.dataUpdatedAt],
    );
    const dataFrom = times.length === 0 ? undefined : Math.min(...times);
    if (status !== this.#state.status || dataFrom !== this.#state.dataFrom)
      this.#setState({ status, dataFrom });
  }

  #listFailing(): Query[] {
    return this.#queries.findAll({ type: 'active' }).filter((query) => getFailure(query) !== undefined);
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

type Failure = Exclude<ConnectionState['status'], 'ok'>;

/** The part of a query that says why it failed. */
interface FailingQuery {
  readonly state: { readonly fetchFailureReason: unknown; readonly error: unknown };
}

/** Why the last attempt of a query failed, if the connection is the cause. */
function getFailure({ state }: FailingQuery): Failure | undefined {
  const error = state.fetchFailureReason ?? state.error;
  return error === null ? undefined : toConnectionFailure(error);
}

/** Undefined: the server rejected the call, so the connection works. */
export function toConnectionFailure(error: unknown): Failure | undefined {
  const { code } = toApiError(error);
  if (code === 'NETWORK') return 'lost';
  return code === 'UNAVAILABLE' ? 'unavailable' : undefined;
}
