/** More apps than this are found by the next search. */
const maxApps = 10_000;

/**
 * The apps that have something to publish, in turns: an app that had its run goes to the end of the line.
 *
 * An app is in one of four places: nowhere, in line, running, or waiting for a time. An event of a running
 * app brings it back in line after its run. An event of a waiting app changes nothing.
 */
export class ReadyApps {
  readonly #line = new Set<string>();
  /** Running apps, and whether they go back in line after their run. */
  readonly #running = new Map<string, boolean>();
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #onReady: () => void;

  constructor(onReady: () => void) {
    this.#onReady = onReady;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Adds an app that has an event. */
  add(appId: string): void {
    if (this.#running.has(appId)) {
      this.#running.set(appId, true);
    } else if (!this.#waiting.has(appId) && this.#line.size < maxApps) {
      this.#line.add(appId);
      this.#onReady();
    }
  }

  /** Takes the app at the head of the line, which is running from now on. */
  take(): string | undefined {
    const [appId] = this.#line;
    if (appId === undefined) return undefined;
    this.#line.delete(appId);
    this.#running.set(appId, false);
    return appId;
  }

  /** Ends a run. `hasMore` brings the app back in line, and `waitMs` lets it wait first. */
  release(appId: string, { hasMore = false, waitMs = 0 } = {}): void {
    const isDue = this.#running.get(appId) === true || hasMore;
    this.#running.delete(appId);
    if (waitMs > 0) {
      const timer = setTimeout(() => {
        this.#waiting.delete(appId);
        this.add(appId);
      }, waitMs);
      this.#waiting.set(appId, timer);
    } else if (isDue) {
      this.add(appId);
    }
  }

  /** Forgets every app that is not running. */
  clear(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    this.#line.clear();
  }
}
