import type {
  OwnershipView,
  PartitionClaim,
  PartitionStore,
  ProcessIdentity,
  ProcessStore,
} from '../../domain/ports/ownership.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import { findDead } from './find-dead.ts';
import { HeldPartitions } from './held-partitions.ts';
import { Lease, type LeaseClock } from './lease.ts';
import type { OwnershipListener } from './ownership-listener.ts';
import { SilenceWatch } from './silence-watch.ts';
import { SeenOwners } from './seen-owners.ts';
import { planShare, type Offer, type SharePlan } from './share-out.ts';

export interface OwnershipClock extends LeaseClock {
  /** Calls back once. Returns a function that cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export interface OwnershipDeps {
  readonly processes: ProcessStore;
  readonly partitions: PartitionStore;
  readonly clock: OwnershipClock;
  readonly log: Log;
  /** Returns a new id for each call. A process that was fenced continues under another id. */
  createId(): string;
  /** Whether a process of this PID namespace runs. */
  isAlive(pid: number, pidStart: string | null): boolean;
  /** Notifies the other processes that partitions have changed hands. Best effort. */
  notify(): void;
}

export interface OwnershipOptions {
  readonly self: ProcessIdentity;
  /** How long a heartbeat extends the lease, ms. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** The process stops sending this long before its lease ends, ms. @default 1000 */
  readonly marginMs?: number;
}

/** Heartbeats that wait for their replies. */
const maxHeartbeatsInFlight = 4;

/**
 * Owns partitions on behalf of this process. Registers it, extends its lease, fences dead processes, and takes,
 * asks for and hands over partitions until they are shared out evenly. Every change of an owner is a
 * compare-and-set that a majority has, so a stale view costs delay only.
 *
 *   new --start--> live --fenced--> live under a new id, without partitions;   live --stop--> draining --> stopped
 */
export class Ownership {
  readonly owners = new SeenOwners();
  readonly #deps: OwnershipDeps;
  readonly #options: OwnershipOptions;
  readonly #lease: Lease;
  readonly #held = new HeldPartitions();
  readonly #silence = new SilenceWatch();
  #listener: OwnershipListener | undefined;
  #id: string;
  #isRegistered = false;
  #isRegistering = false;
  /** Until the first view was acted on. */
  #isStarting = true;
  #isStopping = false;
  #stopped: Promise<void> | undefined;
  #hasFailed = false;
  #heartbeatsInFlight = 0;
  #changeSeen = 0;
  #view: OwnershipView | undefined;
  #sharing: Promise<boolean> | undefined;
  #isSharingStale = false;
  #cancelTimer: () => void = () => undefined;

  constructor(deps: OwnershipDeps, options: OwnershipOptions) {
    this.#deps = deps;
    this.#options = options;
    const { leaseMs, heartbeatMs, marginMs = 1_000 } = options;
    this.#lease = new Lease(deps.clock, { leaseMs, marginMs, maxGapMs: 2 * heartbeatMs });
    this.#id = deps.createId();
  }

  /** The id under which the process is registered. Changes when it is fenced. */
  get processId(): string {
    return this.#id;
  }

  /** Whether the lease is valid. To be checked before each request. */
  get canSend(): boolean {
    return this.#lease.isValid;
  }

  get owned(): readonly number[] {
    return this.#held.all;
  }

  /** Whether the process owns the partition and does not hand it over. Says nothing about the lease. */
  owns(partition: number): boolean {
    return this.#held.owns(partition);
  }

  /** Returns the fencing token of an owned partition; 0 for others. */
  getEpoch(partition: number): number {
    return this.#held.getEpoch(partition);
  }

  /** Registers the process, fences those that it replaces, and takes its share. */
  async start(listener: OwnershipListener): Promise<void> {
    this.#listener = listener;
    await this.#register(this.#id);
    this.#schedule();
    await this.#share();
  }

  /** Hands over all partitions and removes the process. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    await this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    await this.#sharing;
    const isDrained = !this.#options.self.sends || (await this.#drain());
    this.#cancelTimer();
    this.#lease.end();
    if (this.#isRegistered && isDrained) await this.#attempt(() => this.#deps.processes.remove(this.#id));
    this.#isRegistered = false;
    this.#held.clear();
  }

  /** Reads the owners again soon, after a notification that partitions changed hands. */
  refresh(): void {
    if (this.#sharing !== undefined) this.#isSharingStale = true;
    else void this.#share();
  }

  /** Records how far this process has applied the change log, at once and with every later heartbeat. */
  async reportChangeSeen(changeSeen: number): Promise<void> {
    this.#changeSeen = Math.max(this.#changeSeen, changeSeen);
    if (this.#isRegistered) await this.#deps.processes.reportChangeSeen(this.#id, this.#changeSeen);
  }

  #schedule(): void {
    this.#cancelTimer = this.#deps.clock.after(this.#options.heartbeatMs, () => {
      this.#schedule();
      void this.#beat();
    });
  }

  async #register(id: string): Promise<void> {
    const { processes } = this.#deps;
    const { self, leaseMs } = this.#options;
    const sentAt = this.#lease.now();
    this.#isRegistering = true;
    try {
      await processes.register(id, self, leaseMs, this.#changeSeen);
    } finally {
      this.#isRegistering = false;
    }
    if (this.#isStopping) {
      await processes.remove(id);
      return;
    }
    this.#id = id;
    this.#isRegistered = true;
    this.#lease.renew(sentAt);
  }

  async #beat(): Promise<void> {
    if (this.#heartbeatsInFlight >= maxHeartbeatsInFlight) return;
    this.#heartbeatsInFlight++;
    const isAcknowledged = await this.#attempt(() => this.#renew());
    this.#heartbeatsInFlight--;
    if (!isAcknowledged || !(await this.#share())) return;
    if (this.#hasFailed) this.#deps.log.info({}, 'partition ownership is up to date again');
    this.#hasFailed = false;
  }

  async #renew(): Promise<void> {
    if (!this.#isRegistered) {
      await this.#registerAgain();
      return;
    }
    const id = this.#id;
    const sentAt = this.#lease.now();
    const isLive = await this.#deps.processes.heartbeat(id, this.#options.leaseMs, this.#changeSeen);
    if (!this.#isCurrent(id)) return;
    if (!isLive) {
      await this.#restart();
      return;
    }
    // Now, because the lease can end while the heartbeat is on its way.
    const wasValid = this.#lease.isValid;
    this.#lease.renew(sentAt);
    if (!wasValid && this.#lease.isValid) this.#listener?.onRenewed();
  }

  /** Continues under a new id after a fence. */
  async #restart(): Promise<void> {
    this.#deps.log.warn({ process: this.#id }, 'the lease of this process was lost; registering again');
    this.#isRegistered = false;
    this.#lease.end();
    this.#held.clear();
    this.#listener?.onLost();
    await this.#registerAgain();
  }

  /** With another id for each try: one whose result is unknown may have been registered, and fenced since. */
  async #registerAgain(): Promise<void> {
    if (!this.#isStopping && !this.#isRegistering) await this.#register(this.#deps.createId());
  }

  /** Takes one step towards an even distribution. One at a time. Returns whether it succeeded. Never rejects. */
  async #share(): Promise<boolean> {
    if (this.#sharing !== undefined || !this.#isRegistered || this.#isStopping) return true;
    this.#isSharingStale = false;
    this.#sharing = this.#attempt(() => this.#takeStep());
    const isDone = await this.#sharing;
    this.#sharing = undefined;
    if (this.#isSharingStale) void this.#share();
    return isDone;
  }

  async #takeStep(): Promise<void> {
    const id = this.#id;
    const view = await this.#deps.partitions.read();
    this.#view = view;
    this.owners.update(view);
    const fenced = await this.#fenceDead(view);
    if (!this.#isCurrent(id)) return;
    const plan = planShare(view, {
      id,
      canOwn: this.#options.self.sends && !this.#isStopping,
      isHeld: (partition) => this.#held.has(partition),
      fenced,
    });
    await this.#take(plan.take, id);
    await this.#answer(plan, id);
    await this.#offer(plan.offer, view, id);
    await this.#removeFenced(view);
  }

  /** Returns the processes that were fenced. */
  async #fenceDead(view: OwnershipView): Promise<ReadonlySet<string>> {
    const { processes, clock, isAlive, log } = this.#deps;
    const { leaseMs } = this.#options;
    const { isSteady } = this.#lease;
    const now = clock.monotonicNow();
    this.#silence.observe(view.processes, now);
    const dead = findDead(view, {
      id: this.#id,
      self: this.#options.self,
      isStarting: this.#isStarting,
      isSilent: (process) => isSteady && this.#silence.getSilenceMs(process, now) >= leaseMs,
      isAlive: (pid, pidStart) => isAlive(pid, pidStart),
    });
    const fenced = new Set<string>();
    await Promise.all(
      dead.map(async ({ id, beats }) => {
        if (await processes.fence(id, beats)) fenced.add(id);
      }),
    );
    if (fenced.size > 0) log.info({ processes: [...fenced] }, 'fenced dead processes');
    this.#isStarting = false;
    return fenced;
  }

  async #take(claims: readonly PartitionClaim[], id: string): Promise<void> {
    if (claims.length === 0) return;
    const taken = new Set(await this.#deps.partitions.take(claims, id));
    if (!this.#isCurrent(id)) return;
    for (const { partition, epoch } of claims) if (taken.has(partition)) this.#held.add(partition, epoch + 1);
    if (taken.size > 0) this.#listener?.onAcquired([...taken]);
  }

  /** Asks for partitions, and rejects what others ask for. */
  async #answer({ want, reject }: SharePlan, id: string): Promise<void> {
    if (want.length > 0) await this.#deps.partitions.setWanted(want, id);
    if (reject.length > 0) await this.#deps.partitions.setWanted(reject, null);
    if (want.length > 0) this.#deps.notify();
  }

  /** Hands over partitions that others ask for, or others of this process while those have requests in flight. */
  async #offer(offers: readonly Offer[], view: OwnershipView, id: string): Promise<void> {
    if (!this.#isCurrent(id)) return;
    const busy = await this.#handOverIdle(offers, id);
    const others = this.#held.all.filter((partition) => view.partitions[partition]?.wanted === null);
    const substitutes = others.flatMap((partition, index) => {
      const offer = busy[index];
      return offer === undefined ? [] : [{ partition, newOwner: offer.newOwner, inPlaceOf: offer.partition }];
    });
    const stillBusy = new Set(await this.#handOverIdle(substitutes, id));
    const handedOver = substitutes.filter((substitute) => !stillBusy.has(substitute));
    const answered = handedOver.flatMap(({ inPlaceOf }) => view.partitions[inPlaceOf] ?? []);
    if (answered.length > 0) await this.#deps.partitions.setWanted(answered, null);
  }

  /** Hands over those of which nothing is in memory. Returns the others. */
  async #handOverIdle(offers: readonly Offer[], id: string): Promise<Offer[]> {
    if (offers.length === 0) return [];
    const partitions = offers.map(({ partition }) => partition);
    this.#held.startRelease(partitions);
    const idle = new Set(await this.#release(partitions, false));
    if (!this.#isCurrent(id)) return [];
    this.#held.cancelRelease(partitions.filter((partition) => !idle.has(partition)));
    await this.#handOver(offers.filter(({ partition }) => idle.has(partition)));
    return offers.filter(({ partition }) => !idle.has(partition));
  }

  async #release(partitions: readonly number[], isFinal: boolean): Promise<readonly number[]> {
    try {
      return (await this.#listener?.release(partitions, { isFinal })) ?? partitions;
    } catch (error) {
      this.#deps.log.error({ err: error }, 'partitions could not be released');
      return [];
    }
  }

  /** The caller has released them. Their owner is unknown until the write is acknowledged, so they go first. */
  async #handOver(offers: readonly { partition: number; newOwner: string | null }[]): Promise<void> {
    if (offers.length === 0) return;
    const claims = offers.map(({ partition, newOwner }) => ({
      partition,
      owner: this.#id,
      epoch: this.#held.getEpoch(partition),
      newOwner,
    }));
    this.#held.remove(offers.map(({ partition }) => partition));
    await this.#deps.partitions.handOver(claims);
    this.#deps.notify();
  }

  /**
   * Gives up all partitions: idle ones at once, the others when the engine has finished with them. Returns whether
   * none is left. Without the database, tries only once more at the end, because a shutdown has a time limit.
   */
  async #drain(): Promise<boolean> {
    const { processes, partitions } = this.#deps;
    let isReachable = await this.#whileRegistered(async () => {
      await processes.startDraining(this.#id);
      this.#view = await partitions.read();
    });
    for (const isFinal of [false, true]) {
      const held = this.#held.all;
      if (held.length === 0) continue;
      this.#held.startRelease(held);
      const idle = await this.#release(held, isFinal);
      if (!isReachable && !isFinal) continue;
      isReachable = await this.#whileRegistered(async () => {
        const released = isFinal ? this.#held.all : idle;
        await this.#handOver(
          released.map((partition) => ({ partition, newOwner: this.#findWanting(partition) })),
        );
      });
    }
    // Also those that were handed to this process meanwhile.
    return isReachable && (await this.#whileRegistered(async () => await partitions.releaseAll(this.#id)));
  }

  /** A process that was fenced has nothing to give up. */
  async #whileRegistered(call: () => Promise<void>): Promise<boolean> {
    return this.#isRegistered && (await this.#attempt(call));
  }

  #findWanting(partition: number): string | null {
    const wanted = this.#view?.partitions[partition]?.wanted ?? null;
    const isLive = this.#view?.processes.some(
      ({ id, state, sends }) => id === wanted && state === 'live' && sends,
    );
    return isLive === true ? wanted : null;
  }

  /** Removes fenced processes that no partition names any more, so that processes do not pile up. */
  async #removeFenced({ processes, partitions }: OwnershipView): Promise<void> {
    const named = new Set(partitions.flatMap(({ owner, wanted }) => [owner, wanted]));
    const ids = processes.filter(({ id, state }) => state === 'fenced' && !named.has(id)).map(({ id }) => id);
    if (ids.length > 0) await this.#deps.processes.removeFenced(ids);
  }

  #isCurrent(id: string): boolean {
    return this.#isRegistered && this.#id === id;
  }

  /** Returns whether the call succeeded. Logs the first failure of a series. */
  async #attempt(call: () => Promise<void>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      if (!this.#hasFailed) {
        this.#deps.log.warn({ err: error }, 'partition ownership could not be updated; will retry');
      }
      this.#hasFailed = true;
      return false;
    }
  }
}
