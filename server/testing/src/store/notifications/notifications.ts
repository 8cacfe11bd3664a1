import type {
  EntryNotice,
  NotificationListener,
  Notifications,
  OwnerNotifications,
  WorkNotice,
} from '../../../../src/domain/ports/notifications.ts';
import type { Log } from '../../../../src/domain/ports/runtime.ts';
import type { BusNotice, NotificationBus } from './notification-bus.ts';

/** Entries and webhooks in one notification, as in MongoDB's. The owners find others by themselves. */
const maxNotices = 200;

/** Notifications of one process to all processes on one `MemoryConfig`, including itself. */
export class MemoryNotifications implements Notifications, OwnerNotifications, AsyncDisposable {
  readonly #bus: NotificationBus;
  readonly #log: Pick<Log, 'error'>;
  readonly #listeners: NotificationListener[] = [];
  #entries: EntryNotice[] = [];
  #webhookIds = new Set<string>();
  #isWorkQueued = false;
  #isClosed = false;
  #stopListening: (() => void) | undefined;

  constructor({ bus }: { readonly bus: NotificationBus }, log: Pick<Log, 'error'>) {
    this.#bus = bus;
    this.#log = log;
  }

  subscribe(listener: NotificationListener): void {
    this.#listeners.push(listener);
  }

  /** Starts to listen, and reports that anything may have changed before. */
  start(): void {
    if (this.#isClosed || this.#stopListening !== undefined) return;
    this.#stopListening = this.#bus.listen((notice) => this.#dispatch(notice));
    queueMicrotask(() => {
      if (!this.#isClosed) this.#notifyListeners((listener) => listener.onConfigChange(undefined));
    });
  }

  /** Gathers the notices of calls that follow each other at once. */
  notifyWork({ entries, webhookIds }: WorkNotice): void {
    for (const entry of entries) if (this.#entries.length < maxNotices) this.#entries.push(entry);
    for (const id of webhookIds) if (this.#webhookIds.size < maxNotices) this.#webhookIds.add(id);
    if (this.#isWorkQueued || this.#isClosed) return;
    this.#isWorkQueued = true;
    queueMicrotask(() => {
      this.#isWorkQueued = false;
      const notice = { entries: this.#entries, webhookIds: [...this.#webhookIds] };
      this.#entries = [];
      this.#webhookIds = new Set();
      if (!this.#isClosed) this.#bus.publish({ kind: 'work', notice });
    });
  }

  notifyOwners(): void {
    if (!this.#isClosed) this.#bus.publish({ kind: 'owners' });
  }

  #dispatch(sent: BusNotice): void {
    switch (sent.kind) {
      case 'work':
        return this.#notifyListeners((listener) => listener.onWork(sent.notice));
      case 'changed':
        return this.#notifyListeners((listener) => listener.onConfigChange(sent.change));
      case 'owners':
        return this.#notifyListeners((listener) => listener.onOwnersChange?.());
      case 'limits':
        return this.#notifyListeners((listener) => listener.onDestinationLimits?.(sent.limits));
    }
  }

  /** Catches errors, so that one listener cannot stop the notifications of the others. */
  #notifyListeners(call: (listener: NotificationListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        call(listener);
      } catch (error) {
        this.#log.error({ err: error }, 'a notification listener failed');
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
