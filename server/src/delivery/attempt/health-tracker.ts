import type { AttemptReason } from '@tocsin/shared';
import { BatchLoader } from '../../batching/batch-loader.ts';
import {
  afterFailure,
  afterSuccess,
  isFailingTooLong,
  isPaused,
  minFailuresToDisable,
  toHealthState,
  unknownHealth,
  withEarlier,
  type EndpointHealth,
} from '../../domain/endpoint-health.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { EndpointHealthChange, EndpointHealthStore } from '../../domain/ports/webhook-store.ts';
import type { EndpointQueue } from '../scheduling/endpoint-queue.ts';

type HealthOwner = EndpointHealthChange['webhook'];

export interface HealthTrackerDeps {
  readonly store: Pick<EndpointHealthStore, 'get' | 'save'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The epoch in which this process owns the partition of a webhook: the fencing token of its writes. */
  readonly getEpoch: (webhookId: string) => number;
}

/** How often changes that are due are written, in one write for all endpoints. */
const saveEveryMs = 1_000;

/** The number of failures is written this often while the state of the endpoint stays the same. */
const saveFailingEveryMs = 60_000;

/**
 * The last success of a healthy endpoint is written this often, together with those of the other endpoints of
 * the same minute. Lists show the newest delivery, so this only matters after retention has removed it.
 */
const saveHealthyEveryMs = 60 * 60 * 1000;
const minuteMs = 60_000;

/** Endpoints in memory. Beyond it, the oldest are removed; they are loaded again when needed. */
const maxEndpoints = 50_000;

/** Endpoints in one read, and concurrent reads. */
const maxBatch = 500;
const maxConcurrent = 2;

interface Entry {
  health: EndpointHealth;
  /** Failures that this process has seen since the last success. */
  ownFailures: number;
  /** The epoch in which it was loaded. In another one, another process may have sent to the endpoint. */
  readonly epoch: number;
  /** As it is stored, or undefined while it is loaded. */
  saved: EndpointHealth | undefined;
  savedAt: number;
  /** Not written meanwhile, unless the process stops: it would replace failures that were not read yet. */
  isLoading: boolean;
}

interface Unsaved {
  readonly webhook: HealthOwner;
  readonly saveAt: number;
}

/**
 * Tracks the health of endpoints in memory. Loads the stored health first, so that a restart loses no failures.
 * Writes it when the state of the endpoint changes, and otherwise seldom: on the happy path, nothing is written.
 */
export class HealthTracker {
  readonly #deps: HealthTrackerDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #loader: BatchLoader<EndpointHealth>;
  #unsaved = new Map<string, Unsaved>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: HealthTrackerDeps) {
    this.#deps = deps;
    this.#loader = new BatchLoader({ load: (ids) => deps.store.get(ids), maxBatch, maxConcurrent });
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.save(), saveEveryMs).unref();
  }

  /** Applies stored health to a new endpoint queue: a paused endpoint gets probes only. Never rejects. */
  async restore(endpointQueue: EndpointQueue): Promise<void> {
    const { webhookId } = endpointQueue;
    try {
      const entry = this.#findCurrent(webhookId);
      if (entry?.saved === undefined) await this.#load(webhookId, entry ?? this.#create(webhookId));
      if (this.isPaused(webhookId)) endpointQueue.startProbing();
    } catch (error) {
      this.#deps.log.debug({ err: error }, 'endpoint health not loaded; starting without it');
    }
  }

  /** Loads the health of endpoints whose first delivery may follow, in one query. Never rejects. */
  async prefetch(webhookIds: readonly string[]): Promise<void> {
    const unknown = webhookIds.filter((id) => this.#findCurrent(id) === undefined);
    if (this.#entries.size + unknown.length > maxEndpoints / 2) return;
    try {
      await Promise.all(unknown.map((id) => this.#load(id, this.#create(id))));
    } catch (error) {
      this.#deps.log.debug({ err: error }, 'endpoint health not loaded; it is loaded when needed');
    }
  }

  /** Adds the stored health to what was recorded during the read. */
  async #load(webhookId: string, entry: Entry): Promise<void> {
    entry.isLoading = true;
    let stored: EndpointHealth;
    try {
      stored = (await this.#loader.load(webhookId)) ?? unknownHealth;
    } finally {
      entry.isLoading = false;
    }
    if (entry.saved !== undefined) return;
    entry.saved = stored;
    entry.health = withEarlier(entry.health, stored);
    // What was recorded may change the stored state.
    const unsaved = this.#unsaved.get(webhookId);
    if (unsaved !== undefined) this.#set(unsaved.webhook, entry, entry.health);
  }

  #findCurrent(webhookId: string): Entry | undefined {
    const entry = this.#entries.get(webhookId);
    return entry?.epoch === this.#deps.getEpoch(webhookId) ? entry : undefined;
  }

  #create(webhookId: string): Entry {
    const epoch = this.#deps.getEpoch(webhookId);
    const entry: Entry = {
      health: unknownHealth,
      ownFailures: 0,
      epoch,
      saved: undefined,
      savedAt: -Infinity,
      isLoading: false,
    };
    this.#entries.delete(webhookId);
    this.#entries.set(webhookId, entry);
    if (this.#entries.size > maxEndpoints) this.#removeOldest();
    return entry;
  }

  #removeOldest(): void {
    for (const [id, { health }] of this.#entries) {
      if (this.#unsaved.has(id) && health.failingSince !== null) continue;
      this.forget(id);
      return;
    }
  }

  /** Returns what is known of an endpoint. Loads the rest in the background. */
  #get(webhookId: string): Entry {
    const known = this.#findCurrent(webhookId);
    if (known !== undefined) return known;
    const entry = this.#create(webhookId);
    this.#load(webhookId, entry).catch((error: unknown) =>
      this.#deps.log.debug({ err: error }, 'endpoint health not loaded; going on without it'),
    );
    return entry;
  }

  recordSuccess(webhook: HealthOwner, at: number): void {
    const entry = this.#get(webhook.id);
    entry.ownFailures = 0;
    this.#set(webhook, entry, afterSuccess(entry.health, at));
  }

  recordFailure(webhook: HealthOwner, at: number, reason: AttemptReason): void {
    const entry = this.#get(webhook.id);
    entry.ownFailures++;
    this.#set(webhook, entry, afterFailure(entry.health, at, reason));
  }

  isPaused(webhookId: string): boolean {
    return isPaused(this.#findCurrent(webhookId)?.health ?? unknownHealth);
  }

  /** Whether all attempts have failed for at least `limitMs`, and enough of them were this process's own. */
  isFailingTooLong(webhookId: string, at: number, limitMs: number): boolean {
    const entry = this.#findCurrent(webhookId);
    return (
      entry !== undefined &&
      entry.ownFailures >= minFailuresToDisable &&
      isFailingTooLong(entry.health, at, limitMs)
    );
  }

  /**
   * Drops what is known of an endpoint, which is loaded again when needed: an operator changed its URL or
   * enabled the webhook again, or another process has stored something newer.
   */
  forget(webhookId: string): void {
    this.#entries.delete(webhookId);
    this.#unsaved.delete(webhookId);
  }

  #set(webhook: HealthOwner, entry: Entry, health: EndpointHealth): void {
    entry.health = health;
    const saveAt = Math.min(
      this.#toSaveAt(entry, health),
      this.#unsaved.get(webhook.id)?.saveAt ?? Number.POSITIVE_INFINITY,
    );
    this.#unsaved.set(webhook.id, { webhook, saveAt });
  }

  #toSaveAt({ saved, savedAt }: Entry, health: EndpointHealth): number {
    const now = this.#deps.clock.now();
    const state = toHealthState(health, true);
    if (state !== toHealthState(saved ?? unknownHealth, true)) return now;
    if (state !== 'healthy') return Math.max(now, savedAt + saveFailingEveryMs);
    const dueAt = Math.max(now, (saved?.lastSuccessAt ?? -Infinity) + saveHealthyEveryMs);
    return Math.ceil((dueAt + 1) / minuteMs) * minuteMs;
  }

  /** Writes what is due. Never rejects. */
  async save(): Promise<void> {
    const now = this.#deps.clock.now();
    await this.#save(([id, { saveAt }]) => saveAt <= now && this.#entries.get(id)?.isLoading !== true);
  }

  /** Writes the health of one endpoint, or of all. Never rejects. */
  async saveNow(webhookId?: string): Promise<void> {
    await this.#save(([id]) => webhookId === undefined || id === webhookId);
  }

  async #save(isDue: (unsaved: [string, Unsaved]) => boolean): Promise<void> {
    const { store, clock, log } = this.#deps;
    const due = [...this.#unsaved].filter(isDue);
    const changes: EndpointHealthChange[] = [];
    for (const [id, { webhook }] of due) {
      const entry = this.#findCurrent(id);
      this.#unsaved.delete(id);
      // Another process has sent to the endpoint since.
      if (entry === undefined) this.forget(id);
      else changes.push({ webhook, health: entry.health, epoch: entry.epoch });
    }
    if (changes.length === 0) return;
    try {
      const rejected = new Set(await store.save(changes));
      for (const { webhook, health } of changes) {
        const entry = this.#entries.get(webhook.id);
        if (rejected.has(webhook.id)) this.forget(webhook.id);
        else if (entry !== undefined) Object.assign(entry, { saved: health, savedAt: clock.now() });
      }
    } catch (error) {
      for (const [id, unsaved] of due) {
        if (this.#entries.has(id) && !this.#unsaved.has(id)) this.#unsaved.set(id, unsaved);
      }
      log.debug({ err: error }, 'endpoint health not saved; retrying');
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.saveNow();
  }
}
