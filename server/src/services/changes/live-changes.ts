import { setTimeout as wait } from 'node:timers/promises';
import type { Actor } from '../../domain/access.ts';
import type { ActivityStore } from '../../domain/ports/activity-store.ts';
import type { ConfigChange } from '../../domain/ports/notifications.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { SubscriptionPlaces } from '../events/live/subscription-places.ts';
import { allKinds, ChangedKinds, type Change, type ChangedKind } from './changed-kinds.ts';

export interface LiveChangesDeps {
  readonly places: Pick<SubscriptionPlaces, 'take'>;
  readonly activity: Pick<ActivityStore, 'listSaved'>;
  /** Prefix of the ids of the batches of this process, whose activity is notified at once. */
  readonly processId: string;
  readonly findAppAccount: (appId: string) => Promise<string | undefined>;
  readonly findKeyAccount: (keyId: string) => Promise<string | undefined>;
  readonly clock: Clock;
  readonly log: Log;
  readonly times?: LiveChangesTimes;
}

/** All in ms. */
interface LiveChangesTimes {
  /** Changes gather this long before subscribers are notified. */
  readonly gather: number;
  /** How often the activity of other processes is read. */
  readonly readActivity: number;
  /** How often a subscriber without changes gets an empty notice, which proves that the connection works. */
  readonly ping: number;
  /** How often the caller is authenticated again, in case the notification of a change was lost. */
  readonly recheck: number;
}

const defaultTimes: LiveChangesTimes = {
  gather: 1_000,
  readActivity: 5_000,
  ping: 20_000,
  recheck: 30_000,
};

/** Activity is counted by minute. Two of them, because a process saves the last one after its end. */
const activitySpanMs = 2 * 60_000;

interface ChangesCall {
  /** Authenticates the caller again, so that revoking a key ends its subscriptions. */
  readonly authenticate: () => Promise<Actor>;
  readonly signal: AbortSignal;
}

interface Subscriber {
  actor: Actor;
  isStale: boolean;
  readonly kinds: Set<ChangedKind>;
  wake: () => void;
}

/**
 * Notifies callers of the kinds of data that changed, so that they read them again. Best effort: a caller also reads at
 * times without a notice. Without subscribers, it costs one comparison for each change.
 */
export class LiveChanges {
  readonly #deps: LiveChangesDeps;
  readonly #times: LiveChangesTimes;
  readonly #subscribers = new Set<Subscriber>();
  readonly #changed = new ChangedKinds();
  /** When each batch of activity was saved, as far as it is known. */
  #saved: ReadonlyMap<string, number> | undefined;
  #stop: AbortController | undefined;

  constructor(deps: LiveChangesDeps) {
    this.#deps = deps;
    this.#times = deps.times ?? defaultTimes;
  }

  record(change: Change): void {
    if (this.#subscribers.size > 0) this.#changed.add(change);
  }

  /** Undefined: anything may have changed. */
  onConfigChange(change: ConfigChange | undefined): void {
    if (this.#subscribers.size === 0) return;
    if (change === undefined || change.collection === 'keys' || change.collection === 'sessions') {
      for (const subscriber of this.#subscribers) this.#expire(subscriber);
    }
    this.#add(change).catch((error: unknown) =>
      this.#deps.log.debug({ err: error }, 'subscribers of changes not notified'),
    );
  }

  /**
   * Yields the kinds that changed and that the caller may read, at most once in a while. The first notice is empty, and
   * so are those that only prove that the connection works.
   *
   * @throws RATE_LIMITED if the caller has too many subscriptions, UNAUTHENTICATED if its access ended.
   */
  async *subscribe({ authenticate, signal }: ChangesCall): AsyncGenerator<readonly ChangedKind[]> {
    const actor = await authenticate();
    const giveBack = this.#deps.places.take(actor);
    const subscriber: Subscriber = { actor, isStale: false, kinds: new Set(), wake: () => {} };
    this.#subscribers.add(subscriber);
    this.#start();
    try {
      yield [];
      let checkedAt = this.#deps.clock.now();
      while (!signal.aborted) {
        await this.#untilWoken(subscriber, signal);
        if (subscriber.isStale || this.#deps.clock.now() - checkedAt >= this.#times.recheck) {
          subscriber.isStale = false;
          checkedAt = this.#deps.clock.now();
          subscriber.actor = await authenticate();
        }
        const kinds = [...subscriber.kinds];
        subscriber.kinds.clear();
        if (!signal.aborted) yield kinds;
      }
    } finally {
      this.#subscribers.delete(subscriber);
      if (this.#subscribers.size === 0) this.#end();
      giveBack();
    }
  }

  stop(): void {
    this.#end();
  }

  async #untilWoken(subscriber: Subscriber, signal: AbortSignal): Promise<void> {
    if (subscriber.kinds.size > 0 || subscriber.isStale || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        subscriber.wake = () => {};
        resolve();
      };
      const timer = setTimeout(end, this.#times.ping);
      subscriber.wake = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }

  #expire(subscriber: Subscriber): void {
    subscriber.isStale = true;
    subscriber.wake();
  }

  async #add(change: ConfigChange | undefined): Promise<void> {
    if (change === undefined) {
      for (const kind of allKinds) this.record({ kind, accountId: undefined, appId: undefined });
      return;
    }
    const { collection: kind, id, appId } = change;
    if (kind === 'sessions') return;
    const accountId = await this.#findAccount(change);
    this.record({ kind, accountId, appId: kind === 'apps' ? id : appId });
    if (kind !== 'eventTypes') this.record({ kind: 'audit', accountId, appId: kind === 'apps' ? id : appId });
  }

  /** Undefined: every account. Only operators are told of an object that does not exist any more. */
  async #findAccount({ collection, id, appId }: ConfigChange): Promise<string | undefined> {
    const { findAppAccount, findKeyAccount } = this.#deps;
    switch (collection) {
      case 'accounts':
        return id;
      case 'eventTypes':
        return id === '*' ? undefined : id;
      case 'keys':
        return (await findKeyAccount(id)) ?? '';
      default:
        return (await findAppAccount(appId ?? id)) ?? '';
    }
  }

  #start(): void {
    if (this.#stop !== undefined) return;
    this.#stop = new AbortController();
    void this.#run(this.#stop.signal);
  }

  #end(): void {
    this.#stop?.abort();
    this.#stop = undefined;
    this.#changed.clear();
    this.#saved = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let sinceRead = Infinity;
    while (!signal.aborted) {
      await wait(this.#times.gather, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      sinceRead += this.#times.gather;
      if (sinceRead >= this.#times.readActivity) {
        sinceRead = 0;
        await this.#readActivity(signal);
      }
      if (!signal.aborted) this.#notify();
    }
  }

  #notify(): void {
    if (this.#changed.isEmpty) return;
    for (const subscriber of this.#subscribers) {
      for (const kind of this.#changed.list(subscriber.actor)) subscriber.kinds.add(kind);
      if (subscriber.kinds.size > 0) subscriber.wake();
    }
    this.#changed.clear();
  }

  /** Activity of other processes, which save it every few seconds. */
  async #readActivity(signal: AbortSignal): Promise<void> {
    const { activity, processId, clock, log } = this.#deps;
    try {
      const batches = await activity.listSaved(clock.now() - activitySpanMs);
      if (signal.aborted) return;
      const known = this.#saved;
      this.#saved = new Map(batches.map(({ id, savedAt }) => [id, savedAt]));
      if (known === undefined) return;
      for (const { id, savedAt, apps } of batches) {
        if (id.startsWith(`${processId}:`) || known.get(id) === savedAt) continue;
        for (const { accountId, appId } of apps) this.record({ kind: 'activity', accountId, appId });
      }
    } catch (error) {
      log.debug({ err: error }, 'activity of other processes not read; retrying');
    }
  }
}
