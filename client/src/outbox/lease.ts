import type { OutboxStore } from './outbox-store.ts';

export interface LeaseDeps {
  readonly store: Pick<OutboxStore<never>, 'takeLease' | 'endLease'>;
  /** Names this relay among those of other processes. */
  readonly holder: string;
  readonly durationMs: number;
}

/**
 * The lease that lets one process at a time publish.
 *
 * Its time is measured from before each request by a monotonic clock, so that this process stops before the
 * database gives the lease to another one, also after it was suspended.
 */
export class Lease {
  readonly #deps: LeaseDeps;
  #fence: number | undefined;
  #validUntil = 0;

  constructor(deps: LeaseDeps) {
    this.#deps = deps;
  }

  /** Number of this term, or undefined while another process holds the lease. */
  get fence(): number | undefined {
    return this.#fence;
  }

  isHeld(): boolean {
    return this.#fence !== undefined && performance.now() < this.#validUntil;
  }

  /** Takes or renews the lease. Returns whether it is held, by the same term as before if there was one. */
  async take(): Promise<boolean> {
    const askedAt = performance.now();
    const fence = await this.#deps.store.takeLease(this.#deps.holder, this.#deps.durationMs);
    const isSameTerm = this.#fence === undefined || this.#fence === fence;
    this.#fence = fence;
    this.#validUntil = askedAt + this.#deps.durationMs;
    return fence !== undefined && isSameTerm;
  }

  /** Gives the lease up. Errors are ignored, because it expires anyway. */
  async end(): Promise<void> {
    const fence = this.#fence;
    this.#fence = undefined;
    if (fence !== undefined) await this.#deps.store.endLease(fence).catch(() => undefined);
  }
}
