import type { Query, QueryClient } from '@tanstack/react-query';

/** The kinds that the server notifies of. See `services/changes/changed-kinds.ts` of the server. */
type ChangedKind = 'accounts' | 'apps' | 'webhooks' | 'keys' | 'eventTypes' | 'activity' | 'audit';

/** What each router reads. The queries of others are loaded again after every change. */
const kindsByRouter: Readonly<Record<string, readonly ChangedKind[]>> = {
  accounts: ['accounts', 'apps', 'keys'],
  apps: ['apps', 'webhooks'],
  webhooks: ['webhooks', 'apps', 'activity'],
  keys: ['keys'],
  events: ['activity', 'webhooks'],
  eventTypes: ['eventTypes'],
  deliveries: ['activity', 'webhooks'],
  system: ['activity', 'webhooks', 'apps'],
  auditLog: ['audit'],
};

/** Queries that read less than their router. */
const kindsByPath: Readonly<Record<string, readonly ChangedKind[]>> = {
  'events.types': ['eventTypes'],
  'events.get': [],
  'webhooks.preview': ['eventTypes'],
};

/** Queries are loaded again at most this often. */
const gapMs = 3_000;

/** Without a message for this long, the connection is broken. The server sends one every 20 s. */
const silenceMs = 45_000;

/** Pause before a stream is opened again that the server rejected. */
const rejectedMs = 30_000;

const url = '/session/changes';

/**
 * Loads queries again when the server says that their data changed. A hidden tab has no connection, and loads everything
 * when it is shown again.
 *
 *   off --start--> connecting --first message--> notified --error or silence--> connecting
 *   connecting --rejected--> waiting --a while--> connecting;   any --stop or hidden--> off
 */
export class ChangeNotices {
  #queryClient: QueryClient | undefined;
  #onRejected = () => {};
  #source: EventSource | undefined;
  #isNotified = false;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #reopen: ReturnType<typeof setTimeout> | undefined;
  #gap: ReturnType<typeof setTimeout> | undefined;
  readonly #pending = new Set<string>();

  /** Whether notices arrive, so that queries need no polling. */
  readonly isNotified = (): boolean => this.#isNotified;

  /**
   * Starts for the current session.
   *
   * @param onRejected called when the server rejects the stream, because the session may have ended
   * @returns a function that stops
   */
  start(queryClient: QueryClient, onRejected: () => void): () => void {
    this.#queryClient = queryClient;
    this.#onRejected = onRejected;
    const onVisibility = () => (document.hidden ? this.#close() : this.#open());
    document.addEventListener('visibilitychange', onVisibility);
    onVisibility();
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      this.#close();
    };
  }

  #open(): void {
    if (this.#source !== undefined) return;
    clearTimeout(this.#reopen);
    const source = new EventSource(url);
    this.#source = source;
    source.addEventListener('ping', () => this.#hear());
    source.addEventListener('message', ({ data }) => {
      this.#hear();
      if (typeof data === 'string') for (const kind of data.split(',')) this.#pending.add(kind);
      this.#load();
    });
    source.addEventListener('error', () => {
      // Otherwise the browser connects again by itself.
      const isRejected = source.readyState === EventSource.CLOSED;
      this.#lose();
      if (!isRejected) return;
      this.#onRejected();
      this.#reopenAfter(rejectedMs);
    });
  }

  #hear(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#lose();
      this.#reopenAfter(0);
    }, silenceMs);
    // Queries that were loaded before poll once more, which shows changes of that time.
    this.#isNotified = true;
  }

  /** Queries poll again. */
  #lose(): void {
    clearTimeout(this.#silence);
    if (!this.#isNotified) return;
    this.#isNotified = false;
    void this.#queryClient?.invalidateQueries({ type: 'active' }, { cancelRefetch: false });
  }

  #reopenAfter(ms: number): void {
    this.#source?.close();
    this.#source = undefined;
    clearTimeout(this.#reopen);
    this.#reopen = setTimeout(() => !document.hidden && this.#open(), ms);
  }

  #close(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#isNotified = false;
    this.#pending.clear();
    for (const timer of [this.#silence, this.#reopen, this.#gap]) clearTimeout(timer);
    this.#gap = undefined;
  }

  /** Loads what the pending kinds concern, and waits with what is still loading. */
  #load(): void {
    if (this.#gap !== undefined || this.#pending.size === 0) return;
    const kinds = new Set(this.#pending);
    this.#pending.clear();
    void this.#queryClient?.invalidateQueries({
      predicate: (query) => {
        if (!isConcerned(query, kinds)) return false;
        if (query.state.fetchStatus === 'idle') return true;
        for (const kind of kinds) this.#pending.add(kind);
        return false;
      },
    });
    this.#gap = setTimeout(() => {
      this.#gap = undefined;
      this.#load();
    }, gapMs);
  }
}

/** Whether a query reads data of one of the kinds. */
export function isConcerned({ queryKey }: Pick<Query, 'queryKey'>, kinds: ReadonlySet<string>): boolean {
  const [path, options] = queryKey as [unknown, { readonly type?: string } | undefined];
  if (!Array.isArray(path)) return false;
  const [router] = path as readonly string[];
  const read = kindsByPath[path.join('.')] ?? (router === undefined ? undefined : kindsByRouter[router]);
  // A list of any length would load all its pages. What it shows of activity is loaded apart, for the rows in view.
  const isLongList = options?.type === 'infinite';
  const isRead = (kind: string) => read === undefined || read.some((one) => one === kind);
  return [...kinds].some((kind) => isRead(kind) && !(isLongList && kind === 'activity'));
}
