import type { AttemptReason } from '@tocsin/shared';
import {
  afterFailure,
  afterSuccess,
  isPaused,
  unknownHealth,
  type EndpointHealth,
} from '../../domain/endpoint-health.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { EndpointHealthStore } from '../../domain/ports/webhook-store.ts';
import type { EndpointQueue } from '../scheduling/endpoint-queue.ts';

/** How often what changed is written. People read it; a second is soon enough, and one write serves all endpoints. */
const saveEveryMs = 1_000;

/** Endpoints remembered; the least recently used are forgotten and read again when needed. */
const maxRemembered = 20_000;

/** What this process knows of its endpoints. Starts from what is stored, so that a restart forgets no failure. */
export class HealthTracker {
  readonly #store: EndpointHealthStore;
  readonly #log: Log;
  readonly #known = new Map<string, EndpointHealth>();
  #changed = new Map<string, EndpointHealth>();
  #timer: NodeJS.Timeout | undefined;

  constructor(store: EndpointHealthStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.save(), saveEveryMs).unref();
  }

  /** Tells a new endpoint queue what was known of its endpoint before, reading it if this process has not yet met the endpoint. */
  async recall(endpointQueue: EndpointQueue): Promise<void> {
    const { webhookId } = endpointQueue;
    try {
      if (!this.#known.has(webhookId)) await this.#load(webhookId);
      if (this.isPaused(webhookId)) endpointQueue.startProbing();
    } catch (error) {
      this.#log.debug({ err: error }, 'endpoint health not read; learning it anew');
    }
  }

  /** Reads what is stored, unless this process has seen something newer meanwhile. */
  async #load(webhookId: string): Promise<void> {
    const stored = (await this.#store.get([webhookId])).get(webhookId);
    this.#known.set(webhookId, this.#known.get(webhookId) ?? stored ?? unknownHealth);
  }

  succeeded(webhookId: string, at: number): void {
    this.#set(webhookId, afterSuccess(this.#known.get(webhookId) ?? unknownHealth, at));
  }

  failed(webhookId: string, at: number, reason: AttemptReason): EndpointHealth {
    const health = afterFailure(this.#known.get(webhookId) ?? unknownHealth, at, reason);
    this.#set(webhookId, health);
    return health;
  }

  isPaused(webhookId: string): boolean {
    return isPaused(this.#known.get(webhookId) ?? unknownHealth);
  }

  /** What people did to a webhook (a new URL, enabled again) makes its past meaningless. */
  forget(webhookId: string): void {
    this.#known.delete(webhookId);
    this.#changed.delete(webhookId);
  }

  #set(webhookId: string, health: EndpointHealth): void {
    this.#known.set(webhookId, health);
    this.#changed.set(webhookId, health);
    if (this.#known.size <= maxRemembered) return;
    for (const oldest of this.#known.keys()) {
      if (this.#changed.has(oldest)) continue;
      this.#known.delete(oldest);
      break;
    }
  }

  async save(): Promise<void> {
    if (this.#changed.size === 0) return;
    const changed = this.#changed;
    this.#changed = new Map();
    try {
      await this.#store.save(changed);
    } catch (error) {
      // What is newer wins; the rest is written with the next window.
      this.#changed = new Map([...changed, ...this.#changed]);
      this.#log.debug({ err: error }, 'endpoint health not saved yet');
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.save();
  }
}
