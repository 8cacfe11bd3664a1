import { setTimeout as wait } from 'node:timers/promises';
import { MongoServerError, ObjectId, type Db, type TopologyDescriptionChangedEvent } from 'mongodb';
import type {
  EntryNotice,
  NotificationListener,
  Notifications,
  OwnerNotifications,
  WorkNotice,
} from '../../../domain/ports/notifications.ts';
import type { Log } from '../../../domain/ports/runtime.ts';
import type { Collections } from '../documents/collections.ts';
import type { NotificationDoc } from '../documents/system.ts';

/** Default of `getWorkGapMs`. */
const defaultWorkGapMs = 20;

/** Entries and webhooks in one notification. The owners find others by themselves, a little later. */
const maxNotices = 200;

/**
 * Pause before a failed cursor is reopened, after a failover or after notifications were overwritten unread.
 */
const reopenAfterMs = 500;

/** Size of the capped collection: a few thousand notifications. */
const cappedBytes = 256 * 1024;

/** How long mongod holds a read of the tailable cursor while there is nothing new. */
const maxAwaitMs = 1_000;

const namespaceExistsCode = 48;

/**
 * Notifications between processes: documents in a small capped collection, which every process reads with a
 * tailable cursor. With a change stream, mongod would filter every write to events and deliveries for every
 * process; see docs/decisions/0012.
 *
 *   opening   --reads its own first notification--> listening --error--> opening (after a pause)
 *   listening --another primary is elected--> opening
 *   any       --close()--> closed
 *
 * A cursor outlives the step-down of its primary. It then reads what a secondary has replicated, which comes late
 * or not at all, so the reader moves to the new primary.
 *
 * A process skips everything before its own first notification. Each time it starts to listen or loses its
 * cursor, it reports to listeners that anything may have changed.
 */
export class MongoNotifications implements Notifications, OwnerNotifications, AsyncDisposable {
  readonly #db: Db;
  readonly #collections: Collections;
  readonly #log: Log;
  readonly #listeners: NotificationListener[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #lastWorkAt = 0;
  #entries: EntryNotice[] = [];
  #webhookIds = new Set<string>();
  #workTimer: NodeJS.Timeout | undefined;
  #closeCursor = () => {};
  #getWorkGapMs = () => defaultWorkGapMs;
  /** The election of the primary that the cursor reads from. Undefined: unknown, or no cursor is open. */
  #election: string | undefined;
  #isElsewhere = false;

  constructor(db: Db, collections: Collections, log: Log) {
    this.#db = db;
    this.#collections = collections;
    this.#log = log;
  }

  subscribe(listener: NotificationListener): void {
    this.#listeners.push(listener);
  }

  /**
   * Starts to read.
   *
   * @param getWorkGapMs - Returns the minimum time between two work notifications of this process, which gathers
   * notices, ms. Each notification costs every other process a read.
   */
  start(getWorkGapMs = this.#getWorkGapMs): void {
    if (this.#running !== undefined) return;
    this.#getWorkGapMs = getWorkGapMs;
    this.#db.client.on('topologyDescriptionChanged', this.#onTopology);
    this.#running = this.#listen();
  }

  readonly #onTopology = ({ newDescription }: TopologyDescriptionChangedEvent): void => {
    const election = toElection(
      [...newDescription.servers.values()].find(({ type }) => type === 'RSPrimary'),
    );
    if (election === undefined || this.#election === undefined || election === this.#election) return;
    this.#isElsewhere = true;
    this.#closeCursor();
  };

  notifyWork({ entries, webhookIds }: WorkNotice): void {
    for (const entry of entries) if (this.#entries.length < maxNotices) this.#entries.push(entry);
    for (const id of webhookIds) if (this.#webhookIds.size < maxNotices) this.#webhookIds.add(id);
    if (this.#workTimer !== undefined || this.#stop.signal.aborted) return;
    const gap = this.#lastWorkAt + this.#getWorkGapMs() - performance.now();
    this.#workTimer = setTimeout(
      () => {
        this.#workTimer = undefined;
        this.#lastWorkAt = performance.now();
        // Best effort: other processes also search.
        this.#write(this.#takeWork()).catch((error: unknown) =>
          this.#log.debug({ err: error }, 'work notification not sent'),
        );
      },
      Math.max(0, gap),
    );
  }

  #takeWork(): NotificationDoc {
    const entries = this.#entries.map(({ entryId, partitions }) => ({
      id: entryId,
      partitions: [...partitions],
    }));
    const webhookIds = [...this.#webhookIds];
    this.#entries = [];
    this.#webhookIds = new Set();
    return { _id: new ObjectId(), kind: 'work', entries, webhookIds };
  }

  notifyOwners(): void {
    if (this.#stop.signal.aborted) return;
    // Best effort: every heartbeat reads the owners.
    this.#write({ _id: new ObjectId(), kind: 'owners' }).catch((error: unknown) =>
      this.#log.debug({ err: error }, 'notification of owners not sent'),
    );
  }

  async #listen(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#read();
      } catch (error) {
        if (!this.#stop.signal.aborted) {
          this.#log.warn({ err: error }, 'notification cursor failed; reopening');
        }
      }
      if (this.#stop.signal.aborted) return;
      this.#notifyListeners((listener) => listener.onConfigChange(undefined));
      if (this.#isElsewhere) continue;
      await wait(reopenAfterMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** Ends or throws when the cursor does. */
  async #read(): Promise<void> {
    await this.#createCollection();
    this.#isElsewhere = false;
    this.#election = toElection(await this.#db.command({ hello: 1 }));
    const own = new ObjectId();
    // Also keeps the cursor open: mongod closes a tailable cursor on an empty collection.
    await this.#write({ _id: own, kind: 'listening' });
    const cursor = this.#collections.notifications.find(
      {},
      { tailable: true, awaitData: true, maxAwaitTimeMS: maxAwaitMs },
    );
    this.#closeCursor = () => void cursor.close().catch(() => undefined);
    let isOld = true;
    try {
      for await (const notification of cursor) {
        if (this.#stop.signal.aborted) return;
        if (!isOld) this.#dispatch(notification);
        else if (notification._id.equals(own)) {
          isOld = false;
          this.#notifyListeners((listener) => listener.onConfigChange(undefined));
        }
      }
    } finally {
      this.#election = undefined;
      await cursor.close().catch(() => undefined);
    }
  }

  async #createCollection(): Promise<void> {
    const { notifications } = this.#collections;
    try {
      await this.#db.createCollection(notifications.collectionName, { capped: true, size: cappedBytes });
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.code !== namespaceExistsCode) throw error;
      // A command that changed something before the first server started has created it without a cap.
      if (await notifications.isCapped()) return;
      await this.#db.command({ convertToCapped: notifications.collectionName, size: cappedBytes });
    }
  }

  async #write(notification: NotificationDoc): Promise<void> {
    await this.#collections.notifications.insertOne(notification, { writeConcern: { w: 1 } });
  }

  #dispatch(notification: NotificationDoc): void {
    switch (notification.kind) {
      case 'work': {
        const { entries = [], webhookIds = [] } = notification;
        const notice = {
          entries: entries.map(({ id, partitions }) => ({ entryId: id, partitions })),
          webhookIds,
        };
        return this.#notifyListeners((listener) => listener.onWork(notice));
      }
      case 'changed': {
        const { collection, id, appId } = notification;
        return this.#notifyListeners((listener) =>
          listener.onConfigChange({ collection, id, appId: appId ?? undefined }),
        );
      }
      case 'owners':
        return this.#notifyListeners((listener) => listener.onOwnersChange?.());
      case 'limits': {
        const limits = notification.limits.map(({ key, until }) => ({ key, until: until.getTime() }));
        return this.#notifyListeners((listener) => listener.onDestinationLimits?.(limits));
      }
      case 'listening':
        return;
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
    this.#stop.abort();
    this.#db.client.off('topologyDescriptionChanged', this.#onTopology);
    clearTimeout(this.#workTimer);
    // A waiting cursor does not end when it is closed. A new document ends the wait. If none can be written,
    // because there is no primary, the cursor ends after maxAwaitMs.
    if (this.#running !== undefined) {
      void this.#write({ _id: new ObjectId(), kind: 'listening' }).catch(() => this.#closeCursor());
    }
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Identifies the election of a primary. Undefined without a primary, and for a router of a sharded cluster. */
function toElection(primary: { readonly electionId?: unknown } | undefined): string | undefined {
  const id = primary?.electionId;
  return id instanceof ObjectId ? id.toHexString() : undefined;
}
