import type { AttemptReason } from '@tocsin/shared';
import {
  afterFailure,
  afterSuccess,
  isPaused,
  unknownHealth,
  type EndpointHealth,
} from '../../domain/endpoint-health.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import type { EndpointHealthChange, EndpointHealthStore } from '../../domain/ports/webhook-store.ts';
import type { EndpointQueue } from '../scheduling/endpoint-queue.ts';

type HealthOwner = EndpointHealthChange['webhook'];

/** How often changed health is written: soon enough for display, and one write for all endpoints. */
const saveEveryMs = 1_000;

/** Endpoints in memory. Beyond it, the oldest saved ones are removed; they are loaded again when needed. */
const maxEndpoints = 20_000;

/**
 * Tracks the health of endpoints in memory and saves it periodically. Loads an endpoint's stored health
 * first, so that a restart loses no failures.
 */
export class HealthTracker {
  readonly #store: EndpointHealthStore;
  readonly #log: Log;
  readonly #health = new Map<string, EndpointHealth>();
  /** The webhooks whose health changed since the last save. */
  #changed = new Map<string, HealthOwner>();
  #timer: NodeJS.Timeout | undefined;

  constructor(store: EndpointHealthStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.save(), saveEveryMs).unref();
  }

  /** Applies stored health to a new endpoint queue: a paused endpoint gets probes only. Never rejects. */
  async restore(endpointQueue: EndpointQueue): Promise<void> {
    const { webhookId } = endpointQueue;
    try {
      if (!this.#health.has(webhookId)) await this.#load(webhookId);
      if (this.isPaused(webhookId)) endpointQueue.startProbing();
    } catch (error) {
      this.#log.debug({ err: error }, 'endpoint health not loaded; starting without it');
    }
  }

  /** Loads the stored health. Keeps a result recorded during the read: it is newer. */
  async #load(webhookId: string): Promise<void> {
    const stored = (await this.#store.get([webhookId])).get(webhookId);
    this.#health.set(webhookId, this.#health.get(webhookId) ?? stored ?? unknownHealth);
  }

  recordSuccess(webhook: HealthOwner, at: number): void {
    this.#set(webhook, afterSuccess(this.#health.get(webhook.id) ?? unknownHealth, at));
  }

  recordFailure(webhook: HealthOwner, at: number, reason: AttemptReason): EndpointHealth {
    const health = afterFailure(this.#health.get(webhook.id) ?? unknownHealth, at, reason);
    this.#set(webhook, health);
    return health;
  }

  isPaused(webhookId: string): boolean {
    return isPaused(this.#health.get(webhookId) ?? unknownHealth);
  }

  /** Resets an endpoint's health, after an operator changed its URL or enabled the webhook again. */
  forget(webhookId: string): void {
    this.#health.delete(webhookId);
    this.#changed.delete(webhookId);
  }

  #set(webhook: HealthOwner, health: EndpointHealth): void {
    this.#health.set(webhook.id, health);
    this.#changed.set(webhook.id, webhook);
    if (this.#health.size <= maxEndpoints) return;
    for (const oldest of this.#health.keys()) {
      if (this.#changed.has(oldest)) continue;
      this.#health.delete(oldest);
      break;
    }
  }

  async save(): Promise<void> {
    if (this.#changed.size === 0) return;
    const changes: EndpointHealthChange[] = [];
    for (const webhook of this.#changed.values()) {
      const health = this.#health.get(webhook.id);
      if (health !== undefined) changes.push({ webhook, health });
    }
    this.#changed = new Map();
    try {
      await this.#store.save(changes);
    } catch (error) {
      // Keeps newer values; the next save writes both.
      for (const { webhook, health } of changes) {
        if (!this.#changed.has(webhook.id)) this.#set(webhook, health);
      }
      this.#log.debug({ err: error }, 'endpoint health not saved; retrying');
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.save();
  }
}
