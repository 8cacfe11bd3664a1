import type { Entry } from './entry.ts';

/** The entries of one caller and app, in order. Entries that come back precede the others. */
class Lane {
  #returned: Entry[] = [];
  #entries: Entry[] = [];
  #next = 0;

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  putBack(entry: Entry): void {
    this.#returned.push(entry);
  }

  /** Returns the first entry without an outcome, and removes those before it. */
  peek(): Entry | undefined {
    for (;;) {
      const entry = this.#returned[0] ?? this.#entries[this.#next];
      if (entry === undefined || !entry.isCompleted) return entry;
      this.shift();
    }
  }

  shift(): void {
    if (this.#returned.length > 0) {
      this.#returned.shift();
      return;
    }
    this.#next++;
    if (this.#next < 1000 || this.#next * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#next);
    this.#next = 0;
  }

  removeCompleted(): void {
    this.#returned = this.#returned.filter((entry) => !entry.isCompleted);
    this.#entries = this.#entries.slice(this.#next).filter((entry) => !entry.isCompleted);
    this.#next = 0;
  }
}

type Lanes = Map<object | undefined, Lane>;

/**
 * Queued entries. Apps take turns, and so do the callers of an app: each call of `publishMany`, and all single
 * events together. The entries of one caller and app leave in order, except those that come back for a retry.
 */
export class FairQueue {
  /** The app, and the caller in it, whose turn is next is the first one. */
  readonly #apps = new Map<string, Lanes>();
  /** Number of entries without an outcome. */
  #size = 0;
  /** Number of entries that got an outcome while they were queued. */
  #completed = 0;

  get size(): number {
    return this.#size;
  }

  push(entry: Entry): void {
    this.#enter(entry).push(entry);
  }

  /** Queues an entry again, before the others of its caller and app. */
  putBack(entry: Entry): void {
    this.#enter(entry).putBack(entry);
  }

  /** Counts an entry out that got an outcome while it was queued. */
  drop(entry: Entry): void {
    entry.isQueued = false;
    this.#size--;
    this.#completed++;
    // Otherwise calls that are aborted while nothing can be sent would fill the memory.
    if (this.#completed > 1000 && this.#completed > this.#size) this.#removeCompleted();
  }

  /** Takes entries in turn as long as the next one fits. Returns them in the order of their calls. */
  take(fits: (entry: Entry) => boolean): Entry[] {
    const taken: Entry[] = [];
    for (const [appId, lanes] of this.#apps) {
      const [turn] = lanes;
      const entry = turn?.[1].peek();
      if (entry !== undefined && !fits(entry)) break;
      // A Map visits keys that are set again once more, after the others.
      this.#apps.delete(appId);
      if (turn === undefined) continue;
      const [caller, lane] = turn;
      lanes.delete(caller);
      if (entry !== undefined) {
        lane.shift();
        entry.isQueued = false;
        this.#size--;
        taken.push(entry);
      }
      if (lane.peek() !== undefined) lanes.set(caller, lane);
      if (lanes.size > 0) this.#apps.set(appId, lanes);
    }
    return taken.sort((a, b) => a.sequence - b.sequence);
  }

  #enter(entry: Entry): Lane {
    entry.isQueued = true;
    this.#size++;
    let lanes = this.#apps.get(entry.appId);
    if (lanes === undefined) this.#apps.set(entry.appId, (lanes = new Map()));
    let lane = lanes.get(entry.caller);
    if (lane === undefined) lanes.set(entry.caller, (lane = new Lane()));
    return lane;
  }

  #removeCompleted(): void {
    this.#completed = 0;
    for (const lanes of this.#apps.values()) for (const lane of lanes.values()) lane.removeCompleted();
  }
}
