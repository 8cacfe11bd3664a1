/* The schema version of the database, and the migrations from one version to the next. */

/**
 * A step to the next schema version. Must be idempotent, because another process repeats it after a crash.
 */
export interface Migration {
  /** The schema version after this step: 1, 2, 3, without gaps. */
  readonly version: number;
  readonly name: string;
  /**
   * - `additive`: older processes keep working during and after the step.
   * - `incompatible`: older processes would do harm. They cannot start once the step has begun.
   */
  readonly compatibility: 'additive' | 'incompatible';
  /** Stops when `signal` aborts, because another process has taken over the lease. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SchemaState {
  /** The schema version. 0 if no migration has run. */
  readonly version: number;
  /** The lowest version that a process must know. */
  readonly requires: number;
  /** The process that migrates now. Undefined if none does. */
  readonly holder: string | undefined;
}

/**
 * The schema version, and the lease under which a process changes it. `renew`, `requireVersion` and `advance`
 * return false and change nothing if `holder` no longer has the lease.
 */
export interface SchemaStore {
  read(): Promise<SchemaState>;
  /** Takes the lease if it is free or expired. Returns false otherwise. */
  acquire(holder: string, leaseMs: number): Promise<boolean>;
  renew(holder: string, leaseMs: number): Promise<boolean>;
  /** Rejects processes that do not know `version` from now on. */
  requireVersion(holder: string, version: number): Promise<boolean>;
  /** Records that a migration has run. */
  advance(holder: string, to: Pick<Migration, 'version' | 'name'>): Promise<boolean>;
  release(holder: string): Promise<void>;
}
