import { toIncidentId, type IncidentFailures } from '../../domain/incident.ts';
import type { IncidentRecorder, IncidentStore } from '../../domain/ports/incident-store.ts';
import type { Log } from '../../domain/ports/runtime.ts';
import { FairPlaces } from '../common/fair-places.ts';

export interface IncidentLogDeps {
  readonly store: Pick<IncidentStore, 'addFailures'>;
  readonly log: Log;
  /**
   * Incidents in memory between two saves, in fair shares of accounts. Failures of further ones are not counted.
   *
   * @default 20,000
   */
  readonly maxUnsaved?: number;
}

/** How often failures are saved. A crash loses at most the failures of this period. */
const saveEveryMs = 5_000;

const defaultMaxUnsaved = 20_000;

/** Incidents in one write. */
const maxBatch = 500;

/**
 * Statuses that are kept apart for one webhook. A receiver that makes up statuses would otherwise fill the list. Counted
 * since the start of the process.
 */
const maxStatuses = 10;

/** Webhooks whose statuses are remembered, in fair shares of accounts. */
const maxWebhooks = 20_000;

type Failure = Parameters<IncidentRecorder['recordFailure']>[0];

/** Counts failed attempts in memory, by incident, and saves the counts together. */
export class IncidentLog implements IncidentRecorder {
  readonly #deps: IncidentLogDeps;
  #unsaved: Unsaved;
  readonly #statuses = new Map<string, Set<number>>();
  readonly #statusPlaces = new FairPlaces(maxWebhooks, (webhookId) => this.#statuses.delete(webhookId));
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: IncidentLogDeps) {
    this.#deps = deps;
    this.#unsaved = this.#noneUnsaved();
  }

  #noneUnsaved(): Unsaved {
    return new Unsaved(this.#deps.maxUnsaved ?? defaultMaxUnsaved);
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.save(), saveEveryMs).unref();
  }

  recordFailure(failure: Failure, at: number): void {
    const { webhookId, appId, accountId, reason } = failure;
    const statusCode = this.#toStatus(failure);
    const id = toIncidentId(webhookId, reason, statusCode);
    const known = this.#unsaved.get(id);
    this.#unsaved.set({
      id,
      webhookId,
      appId,
      accountId,
      reason,
      statusCode,
      attempts: (known?.attempts ?? 0) + 1,
      firstAt: Math.min(known?.firstAt ?? at, at),
      lastAt: Math.max(known?.lastAt ?? at, at),
    });
  }

  /** Null if the webhook has many different statuses already. */
  #toStatus({ webhookId, accountId, statusCode }: Failure): number | null {
    // Only those of three digits are part of an id.
    if (statusCode === null || statusCode < 100 || statusCode > 999) return null;
    let known = this.#statuses.get(webhookId);
    if (known === undefined) {
      if (!this.#statusPlaces.take(accountId, webhookId)) return null;
      this.#statuses.set(webhookId, (known = new Set()));
    }
    if (known.has(statusCode)) return statusCode;
    if (known.size >= maxStatuses) return null;
    known.add(statusCode);
    return statusCode;
  }

  /** Saves what was counted. Never rejects: what could not be saved is saved next time. */
  async save(): Promise<void> {
    const counted = this.#unsaved.values();
    this.#unsaved = this.#noneUnsaved();
    for (let start = 0; start < counted.length; start += maxBatch) {
      const some = counted.slice(start, start + maxBatch);
      try {
        await this.#deps.store.addFailures(some);
      } catch (error) {
        for (const failures of some) this.#putBack(failures);
        this.#deps.log.debug({ err: error }, 'could not save incidents; retrying');
      }
    }
  }

  #putBack(failures: IncidentFailures): void {
    const later = this.#unsaved.get(failures.id);
    this.#unsaved.set({
      ...failures,
      attempts: failures.attempts + (later?.attempts ?? 0),
      lastAt: Math.max(failures.lastAt, later?.lastAt ?? 0),
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.save();
  }
}

/** What was counted since the last save, by incident. */
class Unsaved {
  readonly #byId = new Map<string, IncidentFailures>();
  readonly #places: FairPlaces;

  constructor(max: number) {
    this.#places = new FairPlaces(max, (id) => this.#byId.delete(id));
  }

  get(id: string): IncidentFailures | undefined {
    return this.#byId.get(id);
  }

  set(failures: IncidentFailures): void {
    const { id, accountId } = failures;
    if (this.#byId.has(id) || this.#places.take(accountId, id)) this.#byId.set(id, failures);
  }

  values(): IncidentFailures[] {
    return [...this.#byId.values()];
  }
}
