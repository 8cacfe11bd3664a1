/** Events of the first run of an app, whatever their size. */
const firstEvents = 50;

const maxEvents = 500;

/** Text of the events of one run, in characters. */
const maxChars = 1_000_000;

/** More apps than this have the first limit in each run. */
const maxApps = 10_000;

/**
 * How many events the runs of each app load. An app with many small ones loads more of them, so that few
 * settlements are necessary, and one with large ones fewer, so that the events of all runs fit into memory.
 */
export class RunLimits {
  /** Only apps whose last run was full. */
  readonly #limits = new Map<string, number>();

  getLimit(appId: string): number {
    return this.#limits.get(appId) ?? firstEvents;
  }

  /** Records a run. `chars` is the length of its `events` together. */
  record(appId: string, { events, chars }: { readonly events: number; readonly chars: number }): void {
    const isFull = events === this.getLimit(appId);
    this.#limits.delete(appId);
    if (!isFull || this.#limits.size === maxApps) return;
    const fitting = Math.floor((maxChars * events) / Math.max(1, chars));
    this.#limits.set(appId, Math.min(maxEvents, Math.max(1, fitting)));
  }
}
