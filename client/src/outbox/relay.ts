import type { TocsinClientError } from '../errors.ts';
import { sleep } from '../http/retry.ts';
import type { ClientLogger } from '../options.ts';
import type { PublishOutcome } from '../publish/types.ts';
import { AppFailures } from './app-failures.ts';
import { Backoff } from './backoff.ts';
import { runLane, type RunResult } from './lane.ts';
import { Lease } from './lease.ts';
import type { OutboxEvent, OutboxStore } from './outbox-store.ts';
import { ReadyApps } from './ready-apps.ts';
import type { RelayCounts, RelaySettings } from './relay-options.ts';
import { RunLimits } from './run-limits.ts';
import type { Interruption } from './verdict.ts';

/** Apps that publish at the same time. */
const maxLanes = 64;

const appsPerPage = 1_000;

export interface RelayDeps {
  readonly store: OutboxStore<never>;
  /** Publishes the first of the events, at least one, in their order. Returns their outcomes. */
  readonly publish: (
    events: readonly [OutboxEvent, ...OutboxEvent[]],
    signal: AbortSignal,
  ) => Promise<readonly PublishOutcome[]>;
  readonly settings: RelaySettings;
  readonly log: Required<ClientLogger>;
}

/**
 * Publishes the committed events of an outbox.
 *
 * - Standby: another process holds the lease. Asks for it at intervals.
 * - Active: holds the lease. Finds apps with events by watching the store and by searching it at intervals,
 *   and publishes for many apps at the same time, for each of them in order. An app whose event fails for now
 *   waits; the others go on.
 * - Held: active, but no event can be published, for example because the server cannot be reached. Every app
 *   waits until the hold ends.
 * - Closed: publishes nothing more, and has given the lease back.
 *
 * Standby -> Active: the lease was taken. Active -> Standby: it was lost. Active -> Held -> Active: a failure
 * of the server or the credential, and the end of its delay. Any -> Closed: `close`.
 */
export class Relay {
  readonly #deps: RelayDeps;
  readonly #lease: Lease;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  readonly #databaseBackoff = new Backoff();
  readonly #holdBackoff = new Backoff();
  /** Ends what the present term started. */
  #term = new AbortController();
  #ready: ReadyApps | undefined;
  #failures = new AppFailures(Infinity);
  #limits = new RunLimits();
  readonly #lanes = new Set<Promise<void>>();
  #holdTimer: ReturnType<typeof setTimeout> | undefined;
  #isLagging = false;
  readonly #counts = { published: 0, setAside: 0, failures: 0 };
  #lastError: TocsinClientError | undefined;

  constructor(deps: RelayDeps) {
    this.#deps = deps;
    const { holder, leaseMs } = deps.settings;
    this.#lease = new Lease({ store: deps.store, holder, durationMs: leaseMs });
    this.#done = this.#run();
  }

  get counts(): RelayCounts {
    const isActive = this.#lease.isHeld();
    const isHeld = isActive && this.#holdTimer !== undefined;
    const state = this.#closing.signal.aborted ? 'closed' : isHeld ? 'held' : isActive ? 'active' : 'standby';
    return { state, ...this.#counts, lastError: this.#lastError };
  }

  /** Stops. Waits for the events that are being published, and gives the lease back. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { store, settings, log } = this.#deps;
    let isSetUp = false;
    while (!this.#closing.signal.aborted) {
      try {
        if (!isSetUp) await store.setUp();
        isSetUp = true;
        if (await this.#lease.take()) await this.#runTerm();
        else {
          this.#databaseBackoff.reset();
          await delay(settings.leaseMs / 3, this.#closing.signal);
        }
      } catch (cause) {
        log.warn({ err: cause }, 'outbox: the database of the outbox failed; trying again');
        await delay(this.#databaseBackoff.nextMs(), this.#closing.signal);
      }
    }
    await this.#lease.end();
  }

  /** Publishes until the lease is lost or the relay closes. Throws if the database fails. */
  async #runTerm(): Promise<void> {
    const { settings, log } = this.#deps;
    if (this.#closing.signal.aborted) return;
    const term = new AbortController();
    this.#term = term;
    const end = () => term.abort();
    this.#closing.signal.addEventListener('abort', end, { once: true });
    const ready = new ReadyApps(() => this.#startLanes());
    this.#ready = ready;
    this.#failures = new AppFailures(settings.giveUpAfterMs);
    this.#limits = new RunLimits();
    log.debug({ fence: this.#lease.fence }, 'outbox: this process publishes');
    try {
      // The first of them that ends, ends the term.
      await Promise.race([this.#renew(term.signal), this.#search(term.signal), this.#watch(term.signal)]);
    } finally {
      term.abort();
      this.#closing.signal.removeEventListener('abort', end);
      ready.clear();
      this.#endHold();
      await Promise.allSettled(this.#lanes);
    }
  }

  /** Resolves once the lease is lost. */
  async #renew(signal: AbortSignal): Promise<void> {
    const { settings, log } = this.#deps;
    while (!signal.aborted) {
      await delay(settings.leaseMs / 3, signal);
      if (signal.aborted) return;
      const isRenewed = await this.#lease.take().catch((cause: unknown) => {
        log.warn({ err: cause }, 'outbox: the lease could not be renewed');
        return this.#lease.isHeld();
      });
      if (!isRenewed) {
        log.warn({}, 'outbox: another process has taken the lease');
        return;
      }
      // After a renewal that took longer than the lease, apps wait in line.
      this.#startLanes();
    }
  }

  /** Finds every app with events now and at intervals. */
  async #search(signal: AbortSignal): Promise<void> {
    const { store, settings } = this.#deps;
    while (!signal.aborted) {
      await this.#findApps(signal);
      // The database works again, however often it failed before.
      this.#databaseBackoff.reset();
      await this.#checkLag();
      await delay(store.watch === undefined ? settings.pollMs : settings.searchMs, signal);
    }
  }

  async #findApps(signal: AbortSignal): Promise<void> {
    let after: string | undefined;
    do {
      const apps = await this.#deps.store.listApps(appsPerPage, after);
      if (signal.aborted) return;
      for (const appId of apps) this.#ready?.add(appId);
      after = apps.length === appsPerPage ? apps.at(-1) : undefined;
    } while (after !== undefined);
  }

  /** Never resolves before the term ends, also for a store that cannot watch. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { store, log } = this.#deps;
    const backoff = new Backoff();
    while (store.watch !== undefined && !signal.aborted) {
      try {
        await store.watch(
          (appId) => this.#ready?.add(appId),
          signal,
          () => {
            backoff.reset();
            // What committed before watching began is not seen by it.
            this.#findApps(signal).catch((cause: unknown) => {
              log.debug({ err: cause }, 'outbox: a search failed; the next one follows');
            });
          },
        );
      } catch (cause) {
        log.debug({ err: cause }, 'outbox: watching ended; starting it again');
      }
      await delay(backoff.nextMs(), signal);
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  #startLanes(): void {
    const ready = this.#ready;
    if (ready === undefined) return;
    while (this.#canPublish() && ready.runningCount < maxLanes) {
      const appId = ready.take();
      if (appId === undefined) return;
      const lane = this.#runApp(ready, appId).finally(() => {
        this.#lanes.delete(lane);
        this.#startLanes();
      });
      this.#lanes.add(lane);
    }
  }

  #canPublish(): boolean {
    return !this.#term.signal.aborted && this.#holdTimer === undefined && this.#lease.isHeld();
  }

  async #runApp(ready: ReadyApps, appId: string): Promise<void> {
    const { store, publish, log } = this.#deps;
    const { signal } = this.#term;
    try {
      const { fence } = this.#lease;
      if (fence === undefined) throw new Error('the lease ended before the run');
      const deps = {
        store,
        fence,
        publish: (events: readonly [OutboxEvent, ...OutboxEvent[]]) => publish(events, signal),
        isLeased: () => !signal.aborted && this.#holdTimer === undefined && this.#lease.isHeld(),
        isGivenUp: (app: string) => this.#failures.isGivenUp(app),
      };
      const limit = this.#limits.getLimit(appId);
      const result = await runLane(deps, appId, limit);
      this.#limits.record(appId, { events: result.loaded, chars: result.chars });
      this.#record(appId, result);
      ready.release(appId, {
        hasMore: result.hasMore,
        waitMs: this.#toWait(appId, result.interruption),
      });
    } catch (cause) {
      // Found again by the next search.
      ready.release(appId, {});
      if (!signal.aborted) log.warn({ err: cause, appId }, 'outbox: the events of an app could not be read');
    }
  }

  #record(appId: string, { published, refused, isSettled, interruption }: RunResult): void {
    if (!isSettled) {
      this.#term.abort();
      return;
    }
    this.#counts.published += published;
    this.#counts.setAside += refused;
    if (published > 0) {
      this.#holdBackoff.reset();
      // Progress, also if the next event has to wait: delays that grow would slow a long backlog down.
      this.#failures.delete(appId);
    }
    if (refused > 0) this.#deps.log.warn({ appId, refused }, 'outbox: events were refused and set aside');
    if (interruption !== undefined) {
      this.#counts.failures++;
      this.#lastError = interruption.error;
    }
  }

  /** Returns how long an app waits after a failure, in ms. Starts a hold if the failure is not the app's. */
  #toWait(appId: string, interruption: Interruption | undefined): number {
    if (interruption === undefined) return 0;
    const { kind, error } = interruption;
    if (kind === 'hold') {
      this.#hold(error);
      return 1;
    }
    const waitMs = this.#failures.add(appId, kind === 'doubt', error.retryAfterMs);
    this.#deps.log.warn({ appId, code: error.code, waitMs }, `outbox: an app waits: ${error.message}`);
    return waitMs;
  }

  #hold(error: TocsinClientError): void {
    if (this.#holdTimer !== undefined || this.#term.signal.aborted) return;
    const holdMs = this.#holdBackoff.nextMs(error.retryAfterMs);
    this.#deps.log.warn({ code: error.code, holdMs }, `outbox: every app waits: ${error.message}`);
    this.#holdTimer = setTimeout(() => {
      this.#endHold();
      this.#startLanes();
    }, holdMs);
  }

  #endHold(): void {
    clearTimeout(this.#holdTimer);
    this.#holdTimer = undefined;
  }

  /** Reports once when the oldest event has waited for too long, and once when that is over. */
  async #checkLag(): Promise<void> {
    const { store, settings, log } = this.#deps;
    const content = await store.countContent();
    const lagMs = content.oldestPendingAt === undefined ? 0 : Date.now() - content.oldestPendingAt.getTime();
    const isLagging = lagMs >= settings.lagAlertMs;
    if (isLagging === this.#isLagging) return;
    this.#isLagging = isLagging;
    const report = { ...content, lagMs };
    if (isLagging) log.warn({ lagMs, pending: content.pending }, 'outbox: events wait for too long');
    settings.onLag?.({ ...report, isLagging });
  }
}

/** Resolves after the time, or when the signal aborts. */
async function delay(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, signal).catch(() => undefined);
}
