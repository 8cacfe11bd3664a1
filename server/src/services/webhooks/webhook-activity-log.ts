import type { DeliveryResult } from '../../domain/ports/delivery-queue.ts';
import type { Clock, Log } from '../../domain/ports/runtime.ts';
import type { WebhookActivityRecorder } from '../../domain/ports/telemetry.ts';
import type {
  WebhookActivityChange,
  WebhookActivityStore,
} from '../../domain/ports/webhook-activity-store.ts';
import {
  coarseSlotMs,
  countAttempt,
  fineSlotMs,
  noWebhookActivity,
  otherTypes,
  type WebhookCounts,
} from '../../domain/webhook-activity.ts';
import { FairPlaces } from '../common/fair-places.ts';

export interface WebhookActivityLogDeps {
  readonly store: Pick<WebhookActivityStore, 'add'>;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Webhooks in memory, in fair shares of accounts. Those beyond are not counted until others have been idle.
   *
   * @default 20,000
   */
  readonly maxWebhooks?: number;
}

const saveEveryMs = 10_000;

/** Webhooks in one save. A process therefore writes little, however many webhooks it sends to. */
const webhooksPerSave = 200;

/** With more active webhooks than that, each is saved once in this many saves: every five minutes. */
const savesPerCycle = 30;

const defaultMaxWebhooks = 20_000;

/** Event types of a webhook that are counted by name within an hour. */
const maxTypes = 50;

/** HTTP statuses of a webhook that are counted within an hour. Endpoints choose them. */
const maxStatuses = 50;

interface Entry {
  readonly webhookId: string;
  readonly appId: string;
  readonly accountId: string;
  /** What is not saved, by the start of the slot. */
  slots: Map<number, WebhookCounts>;
  /** Names of the current hour. */
  hour: number;
  readonly types: Set<string>;
  readonly statuses: Set<number>;
}

/** Counts the attempts of each webhook, for the charts of its page. Approximate: a crash loses some minutes. */
export class WebhookActivityLog implements WebhookActivityRecorder {
  readonly #deps: WebhookActivityLogDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #places: FairPlaces;
  /** Those with unsaved counts, longest changed first. */
  readonly #changed = new Set<Entry>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: WebhookActivityLogDeps) {
    this.#deps = deps;
    const { maxWebhooks = defaultMaxWebhooks } = deps;
    this.#places = new FairPlaces(maxWebhooks, (webhookId) => this.#forget(webhookId));
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.save(), saveEveryMs).unref();
  }

  recordResult({ delivery, attempt, status }: DeliveryResult): void {
    const { webhookId, event } = delivery;
    if (attempt === undefined && status === 'pending') return;
    const now = this.#deps.clock.now();
    const entry = this.#find(webhookId, event);
    if (entry === undefined) return;
    const hour = Math.floor(now / coarseSlotMs);
    if (entry.hour !== hour) {
      entry.hour = hour;
      entry.types.clear();
      entry.statuses.clear();
    }
    const at = Math.floor(now / fineSlotMs) * fineSlotMs;
    let counts = entry.slots.get(at);
    if (counts === undefined) entry.slots.set(at, (counts = noWebhookActivity()));
    const type = takeName(entry.types, event.type, maxTypes) ? event.type : otherTypes;
    const code = attempt?.statusCode;
    const isNamed = typeof code !== 'number' || takeName(entry.statuses, code, maxStatuses);
    countAttempt(counts, { status, type, attempt });
    if (!isNamed) counts.statuses.delete(String(code));
    this.#changed.add(entry);
  }

  #find(webhookId: string, { appId, accountId }: DeliveryResult['delivery']['event']): Entry | undefined {
    const known = this.#entries.get(webhookId);
    if (known !== undefined) return known;
    if (!this.#places.take(accountId, webhookId)) return undefined;
    const entry: Entry = {
      webhookId,
      appId,
      accountId,
      slots: new Map(),
      hour: 0,
      types: new Set(),
      statuses: new Set(),
    };
    this.#entries.set(webhookId, entry);
    return entry;
  }

  /** What is not saved of it is lost. */
  #forget(webhookId: string): void {
    const entry = this.#entries.get(webhookId);
    if (entry === undefined) return;
    this.#entries.delete(webhookId);
    this.#changed.delete(entry);
  }

  /** Saves the webhooks that wait longest. Never rejects. */
  async save(): Promise<void> {
    await this.#save(Math.max(webhooksPerSave, Math.ceil(this.#changed.size / savesPerCycle)));
    this.#removeIdle();
  }

  async #save(limit: number): Promise<void> {
    const some = [...this.#changed].slice(0, limit);
    if (some.length === 0) return;
    const changes: WebhookActivityChange[] = [];
    for (const entry of some) {
      this.#changed.delete(entry);
      const { webhookId, appId, accountId } = entry;
      const slots = [...entry.slots].map(([at, counts]) => ({ at, counts }));
      entry.slots = new Map();
      changes.push({ webhookId, appId, accountId, slots });
    }
    try {
      await this.#deps.store.add(changes);
    } catch (error) {
      this.#deps.log.debug({ err: error }, 'could not save the activity of webhooks; it is lost');
    }
  }

  #removeIdle(): void {
    const hour = Math.floor(this.#deps.clock.now() / coarseSlotMs);
    for (const [id, entry] of this.#entries) {
      if (entry.hour >= hour || this.#changed.has(entry)) continue;
      this.#entries.delete(id);
      this.#places.release(entry.accountId, id);
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#save(Infinity);
  }
}

/** Whether a name is counted: one of the first `max` of its hour. */
function takeName<T>(names: Set<T>, name: T, max: number): boolean {
  if (names.size < max) names.add(name);
  return names.has(name);
}
