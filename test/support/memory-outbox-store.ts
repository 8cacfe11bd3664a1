import type {
  OutboxContent,
  OutboxEvent,
  OutboxStore,
  Refusal,
  SetAsideEvent,
} from '../../client/src/outbox/outbox-store.ts';

type Watcher = Parameters<NonNullable<OutboxStore<never>['watch']>>;

/** A transaction of `MemoryOutboxStore`: what it has written. */
export type MemoryTransaction = OutboxEvent[];

/** An outbox in memory that a test can disturb. */
export class MemoryOutboxStore implements OutboxStore<MemoryTransaction> {
  readonly pending: OutboxEvent[] = [];
  readonly aside: SetAsideEvent[] = [];
  /** Called at the begin of each call, to throw. */
  onCall: (name: string) => void = () => undefined;
  /** Called when watching begins, before it sees anything. */
  onWatch: () => void = () => undefined;
  readonly #watchers = new Set<Watcher[0]>();
  #lease = { holder: '', fence: 0, expiresAt: 0 };

  /** Commits events. */
  commit(...events: OutboxEvent[]): void {
    this.pending.push(...events);
    for (const { appId } of events) for (const onEvent of this.#watchers) onEvent(appId);
  }

  async transact(work: (transaction: MemoryTransaction) => Promise<void>): Promise<void> {
    const written: MemoryTransaction = [];
    await work(written);
    this.commit(...written);
  }

  async setUp(): Promise<void> {
    this.onCall('setUp');
    await Promise.resolve();
  }

  async insert(event: OutboxEvent, transaction: MemoryTransaction): Promise<void> {
    transaction.push(event);
    await Promise.resolve();
  }

  async listApps(limit: number, after = ''): Promise<readonly string[]> {
    this.onCall('listApps');
    await Promise.resolve();
    const apps = new Set(this.pending.map(({ appId }) => appId));
    return [...apps]
      .sort()
      .filter((appId) => appId > after)
      .slice(0, limit);
  }

  async loadEvents(appId: string, limit: number): Promise<readonly OutboxEvent[]> {
    this.onCall('loadEvents');
    await Promise.resolve();
    return this.pending.filter((event) => event.appId === appId).slice(0, limit);
  }

  async takeLease(holder: string, durationMs: number): Promise<number | undefined> {
    this.onCall('takeLease');
    await Promise.resolve();
    const now = performance.now();
    if (this.#lease.holder !== holder) {
      if (this.#lease.expiresAt > now) return undefined;
      this.#lease = { holder, fence: this.#lease.fence + 1, expiresAt: 0 };
    }
    this.#lease.expiresAt = now + durationMs;
    return this.#lease.fence;
  }

  async endLease(fence: number): Promise<void> {
    await Promise.resolve();
    if (fence === this.#lease.fence) this.#lease = { holder: '', fence, expiresAt: 0 };
  }

  async settle(
    { published, refused }: { readonly published: readonly string[]; readonly refused: readonly Refusal[] },
    fence: number,
  ): Promise<boolean> {
    this.onCall('settle');
    await Promise.resolve();
    if (fence !== this.#lease.fence) return false;
    for (const id of published) this.#take(this.pending, id);
    for (const { id, code, reason } of refused) {
      const event = this.#take(this.pending, id);
      if (event !== undefined) this.aside.push({ ...event, code, reason, setAsideAt: new Date() });
    }
    return true;
  }

  async listSetAside(limit: number): Promise<readonly SetAsideEvent[]> {
    await Promise.resolve();
    return this.aside.slice(0, limit);
  }

  async putBack(id: string): Promise<boolean> {
    await Promise.resolve();
    const found = this.#take(this.aside, id);
    if (found === undefined) return false;
    const { appId, type, text } = found;
    this.pending.unshift({ id, appId, type, text });
    return true;
  }

  async discard(id: string): Promise<boolean> {
    await Promise.resolve();
    return this.#take(this.aside, id) !== undefined;
  }

  async countContent(): Promise<OutboxContent> {
    this.onCall('countContent');
    await Promise.resolve();
    const oldestPendingAt = this.pending.length > 0 ? new Date() : undefined;
    return { pending: this.pending.length, setAside: this.aside.length, oldestPendingAt };
  }

  readonly watch = async (...[onEvent, signal, onOpen]: Watcher): Promise<void> => {
    this.onWatch();
    this.#watchers.add(onEvent);
    onOpen();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    this.#watchers.delete(onEvent);
  };

  #take<T extends { readonly id: string }>(events: T[], id: string): T | undefined {
    const index = events.findIndex((event) => event.id === id);
    return index < 0 ? undefined : events.splice(index, 1)[0];
  }
}
