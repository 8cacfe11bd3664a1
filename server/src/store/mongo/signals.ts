import { setTimeout as wait } from 'node:timers/promises';
import type { ChangeStream, Db } from 'mongodb';
import type { ConfigChange, SignalListener, Signals } from '../../domain/ports/processes.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { Collections } from './documents.ts';

/** Work is signalled at most this often by a process: one wake fetches everything that is due anyway. */
const minSignalGapMs = 10;

/** After the stream broke (fail-over, or history lost after a long pause) it is opened anew this much later. */
const reopenAfterMs = 500;

/** What the pipeline below lets through. */
interface Change {
  readonly ns: { readonly coll: ConfigChange['collection'] | 'signals' };
  readonly documentKey: { readonly _id: string };
  readonly fullDocument?: { readonly appId?: string };
}

/**
 * Wakes other processes through a change stream on the small collections: configuration and one counter document.
 *
 *   opening --stream is open--> listening --error--> opening (after a pause; listeners are told "anything may have changed")
 *   any --close()--> closed
 */
export class MongoSignals implements Signals, AsyncDisposable {
  readonly #db: Db;
  readonly #collections: Collections;
  readonly #log: Log;
  readonly #listeners: SignalListener[] = [];
  readonly #stop = new AbortController();
  #stream: ChangeStream | undefined;
  #running: Promise<void> | undefined;
  #lastSignalAt = 0;
  #signalTimer: NodeJS.Timeout | undefined;

  constructor(db: Db, collections: Collections, log: Log) {
    this.#db = db;
    this.#collections = collections;
    this.#log = log;
  }

  subscribe(listener: SignalListener): void {
    this.#listeners.push(listener);
  }

  start(): void {
    this.#running ??= this.#listen();
  }

  workAvailable(): void {
    if (this.#signalTimer !== undefined || this.#stop.signal.aborted) return;
    const gap = this.#lastSignalAt + minSignalGapMs - performance.now();
    this.#signalTimer = setTimeout(
      () => {
        this.#signalTimer = undefined;
        this.#lastSignalAt = performance.now();
        this.#collections.signals
          .updateOne({ _id: 'work' }, { $inc: { count: 1 } }, { upsert: true })
          // Lost signals cost the poll's second, not the event.
          .catch((error: unknown) => this.#log.debug({ err: error }, 'work signal not sent'));
      },
      Math.max(0, gap),
    );
  }

  async #listen(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        this.#stream = this.#db.watch(
          [
            { $match: { 'ns.coll': { $in: ['webhooks', 'apps', 'keys', 'signals'] } } },
            { $project: { 'ns.coll': 1, documentKey: 1, operationType: 1, 'fullDocument.appId': 1 } },
          ],
          { maxAwaitTimeMS: 1_000 },
        );
        this.#tell((listener) => listener.onConfigChange(undefined));
        for await (const change of this.#stream) this.#onChange(change as unknown as Change);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        this.#log.warn({ err: error }, 'change stream broke; opening it again');
        this.#tell((listener) => listener.onConfigChange(undefined));
        await wait(reopenAfterMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  #onChange(change: Change): void {
    const collection = change.ns.coll;
    if (collection === 'signals') return this.#tell((listener) => listener.onWork());
    const id = change.documentKey._id;
    this.#tell((listener) => listener.onConfigChange({ collection, id, appId: change.fullDocument?.appId }));
  }

  /** A listener that throws must not end the stream for the others. */
  #tell(call: (listener: SignalListener) => void): void {
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
    await this.#stream?.close().catch(() => undefined);
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
