import { toIncidentId, type IncidentFailures } from '../../domain/incident.ts';
import type { IncidentRecorder, IncidentStore } from '../../domain/ports/incident-store.ts';
import type { Log } from '../../domain/ports/runtime.ts';

export interface IncidentLogDeps {
  readonly store: Pick<IncidentStore, 'addFailures'>;
  readonly log: Log;
}

/** How often failures are saved. A crash loses at most the failures of this period. */
const saveEveryMs = 5_000;

/** Incidents in memory between two saves. Failures of further ones are not counted. */
const maxUnsaved = 20_000;

/** Incidents in one write. */
const maxBatch = 500;

/**
 * Statuses that are kept apart for one webhook. A receiver that makes up statuses would otherwise fill the list. Counted
 * since the start of the process.
 */
const maxStatuses = 10;

/** Webhooks whose statuses are remembered. */
const maxWebhooks = 20_000;

type Failure = Parameters<IncidentRecorder['recordFailure']>[0];

/** Counts failed attempts in memory, by incident, and saves the counts together. */
export class IncidentLog implements IncidentRecorder {
  readonly #deps: IncidentLogDeps;
  #unsaved = new Map<string, IncidentFailures>();
  readonly #statuses = new Map<string, Set<number>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: IncidentLogDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.save(), saveEveryMs).unref();
  }

  recordFailure(failure: Failure, at: number): void {
    const { webhookId, appId, accountId, reason } = failure;
    const statusCode = this.#toStatus(failure);
    const id = toIncidentId(webhookId, reason, statusCode);
    const known = this.#unsaved.get(id);
    if (known === undefined && this.#unsaved.size >= maxUnsaved) return;
    this.#unsaved.set(id, {
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
  #toStatus({ webhookId, statusCode }: Failure): number | null {
    // Only those of three digits are part of an id.
    if (statusCode === null || statusCode < 100 || statusCode > 999) return null;
    let known = this.#statuses.get(webhookId);
    if (known === undefined) {
      if (this.#statuses.size >= maxWebhooks) this.#statuses.clear();
      this.#statuses.set(webhookId, (known = new Set()));
    }
    if (known.has(statusCode)) return statusCode;
    if (known.size >= maxStatuses) return null;
    known.add(statusCode);
    return statusCode;
  }

  /** Saves what was counted. Never rejects: what could not be saved is saved next time. */
  async save(): Promise<void> {
    const counted = [...this.#unsaved.values()];
    this.#unsaved = new Map();
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
    if (later === undefined && this.#unsaved.size >= maxUnsaved) return;
    this.#unsaved.set(failures.id, {
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
