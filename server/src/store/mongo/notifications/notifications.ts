import { setTimeout as wait } from 'node:timers/promises';
import { MongoServerError, ObjectId, type Db } from 'mongodb';
import type { NotificationListener, Notifications } from '../../../domain/ports/notifications.ts';
import type { Log } from '../../../domain/ports/runtime.ts';
import type { Collections } from '../documents/collections.ts';
import type { NotificationDoc } from '../documents/system.ts';

/** Work is signalled at most this often by a process: one wake fetches everything that is due anyway. */
const minSignalGapMs = 10;

/** After the cursor broke (fail-over, or notifications that were overwritten before they were read) it is opened anew this much later. */
const reopenAfterMs = 500;

/** A few thousand notifications. Whoever is further behind learns nothing from reading them one by one. */
const keptBytes = 256 * 1024;

/** How long mongod keeps a question open that has no answer yet. */
const waitMs = 1_000;

const namespaceExistsCode = 48;

/**
 * Wakes other processes. A signal is a document in a small capped collection, which every process reads to its end and
 * then waits at. Not a change stream: that would make mongod look at each event and each delivery to find the few documents that
 * are meant, for every process (a fifth of its CPU under load, 2026-11-26).
 *
 *   opening   --its own first signal is read--> listening --error--> opening (after a pause)
 *   any       --close()--> closed
 *
 * What is older than its own first signal is passed over. Each time it is opened, listeners are told "anything may have changed".
 */
export class MongoNotifications implements Notifications, AsyncDisposable {
  readonly #db: Db;
  readonly #collections: Collections;
  readonly #log: Log;
  readonly #listeners: NotificationListener[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #lastSignalAt = 0;
  #signalTimer: NodeJS.Timeout | undefined;
  #closeCursor = () => {};

  constructor(db: Db, collections: Collections, log: Log) {
    this.#db = db;
    this.#collections = collections;
    this.#log = log;
  }

  subscribe(listener: NotificationListener): void {
    this.#listeners.push(listener);
  }

  start(): void {
    this.#running ??= this.#listen();
  }

  notifyWork(): void {
    if (this.#signalTimer !== undefined || this.#stop.signal.aborted) return;
    const gap = this.#lastSignalAt + minSignalGapMs - performance.now();
    this.#signalTimer = setTimeout(
      () => {
        this.#signalTimer = undefined;
        this.#lastSignalAt = performance.now();
        // Lost notifications cost the poll's second, not the event.
        this.#write({ _id: new ObjectId(), kind: 'work' }).catch((error: unknown) =>
          this.#log.debug({ err: error }, 'work signal not sent'),
        );
      },
      Math.max(0, gap),
    );
  }

  async #listen(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        await this.#read();
      } catch (error) {
        if (!this.#stop.signal.aborted) {
          this.#log.warn({ err: error }, 'reading notifications broke; opening them again');
        }
      }
      if (this.#stop.signal.aborted) return;
      this.#tell((listener) => listener.onConfigChange(undefined));
      await wait(reopenAfterMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  /** Ends or throws when the cursor does. */
  async #read(): Promise<void> {
    await this.#makeCollection();
    const own = new ObjectId();
    // Also so that there is something: mongod ends a cursor that waits at the end of nothing.
    await this.#write({ _id: own, kind: 'listening' });
    const cursor = this.#collections.notifications.find(
      {},
      { tailable: true, awaitData: true, maxAwaitTimeMS: waitMs },
    );
    this.#closeCursor = () => void cursor.close().catch(() => undefined);
    let isOld = true;
    try {
      for await (const signal of cursor) {
        if (this.#stop.signal.aborted) return;
        if (!isOld) this.#onSignal(signal);
        else if (signal._id.equals(own)) {
          isOld = false;
          this.#tell((listener) => listener.onConfigChange(undefined));
        }
      }
    } finally {
      await cursor.close().catch(() => undefined);
    }
  }

  async #makeCollection(): Promise<void> {
    const { notifications } = this.#collections;
    try {
      await this.#db.createCollection(notifications.collectionName, { capped: true, size: keptBytes });
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.code !== namespaceExistsCode) throw error;
      // Whoever changed something before any server ran, a command for instance, has made it as a plain one.
      if (await notifications.isCapped()) return;
      await this.#db.command({ convertToCapped: notifications.collectionName, size: keptBytes });
    }
  }

  async #write(signal: NotificationDoc): Promise<void> {
    await this.#collections.notifications.insertOne(signal, { writeConcern: { w: 1 } });
  }

  #onSignal(signal: NotificationDoc): void {
    switch (signal.kind) {
      case 'work':
        return this.#tell((listener) => listener.onWork());
      case 'changed': {
        const { collection, id, appId } = signal;
        return this.#tell((listener) =>
          listener.onConfigChange({ collection, id, appId: appId ?? undefined }),
        );
      }
      case 'listening':
        return;
    }
  }

  /** A listener that throws must not end the reading for the others. */
  #tell(call: (listener: NotificationListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        call(listener);
      } catch (error) {
        this.#log.error({ err: error }, 'a signal listener threw');
      }
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#signalTimer);
    // mongod lets the cursor wait on, even when it is killed; a document ends the wait. Without one, as when there is no
    // primary, the cursor ends after the question that is open.
    if (this.#running !== undefined) {
      void this.#write({ _id: new ObjectId(), kind: 'listening' }).catch(() => this.#closeCursor());
    }
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
