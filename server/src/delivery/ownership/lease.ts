export interface LeaseClock {
  /** Returns ms since any moment. Never steps, but can stand still while the machine sleeps. */
  monotonicNow(): number;
  /** Returns epoch ms. Can step. */
  wallNow(): number;
}

export interface LeaseOptions {
  /** How long the database grants the lease for, from the moment when it applies a heartbeat. */
  readonly leaseMs: number;
  /** The process stops sending this long before, so that a request that it starts is on its way by then. */
  readonly marginMs: number;
  /** A longer time between two acknowledged heartbeats is a gap. */
  readonly maxGapMs: number;
}

export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/**
 * The lease of this process, by its own clocks. It counts from before a heartbeat was sent, so it ends before the
 * lease in the database does.
 */
export class Lease {
  readonly #clock: LeaseClock;
  readonly #options: LeaseOptions;
  #renewedAt: Moment | undefined;
  /** The first heartbeat of an unbroken series. */
  #steadySince: Moment | undefined;

  constructor(clock: LeaseClock, options: LeaseOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Whether the process may send now. */
  get isValid(): boolean {
    const { leaseMs, marginMs } = this.#options;
    return this.#renewedAt !== undefined && this.#elapsedSince(this.#renewedAt) < leaseMs - marginMs;
  }

  /**
   * Whether heartbeats have been acknowledged without a gap for a whole lease. Only then does the silence of another
   * process show that it is dead: during an outage of the database, all processes are silent.
   */
  get isSteady(): boolean {
    if (this.#renewedAt === undefined || this.#steadySince === undefined) return false;
    const { leaseMs, maxGapMs } = this.#options;
    return (
      this.#elapsedSince(this.#renewedAt) <= maxGapMs &&
      this.#clock.monotonicNow() - this.#steadySince.monotonic >= leaseMs
    );
  }

  /** Returns the moment to pass to `renew` when a heartbeat that is sent now is acknowledged. */
  now(): Moment {
    return { monotonic: this.#clock.monotonicNow(), wall: this.#clock.wallNow() };
  }

  renew(sentAt: Moment): void {
    const previous = this.#renewedAt;
    if (previous !== undefined && sentAt.monotonic <= previous.monotonic) return;
    if (previous === undefined || elapsed(previous, sentAt) > this.#options.maxGapMs) {
      this.#steadySince = sentAt;
    }
    this.#renewedAt = sentAt;
  }

  end(): void {
    this.#renewedAt = undefined;
    this.#steadySince = undefined;
  }

  #elapsedSince(moment: Moment): number {
    return elapsed(moment, this.now());
  }
}

/** The larger one: the wall clock also counts sleep, and the monotonic clock cannot be set back. */
function elapsed(from: Moment, to: Moment): number {
  return Math.max(to.monotonic - from.monotonic, to.wall - from.wall);
}
