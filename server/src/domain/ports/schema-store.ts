/* The form of the database, where a process starts on one that may be of another version, and the steps to the next. */

/**
 * One step from a form of the database to the next. It runs at least once: a process that dies midway is followed by
 * another that begins it anew, so it must bear being repeated.
 */
export interface Migration {
  /** The form that the database has after it; 1, 2, 3 without gaps. */
  readonly version: number;
  readonly name: string;
  /**
   * `additive`: a process that does not know of it goes on working beside it. `incompatible`: such a process would do
   * harm, and is refused from the moment this begins.
   */
  readonly compatibility: 'additive' | 'incompatible';
  /** Stops at `signal`: another process has it then. */
  run(signal: AbortSignal): Promise<void>;
}

export interface SchemaState {
  /** 0: nothing has run, the database is new or older than all migrations. */
  readonly version: number;
  /** The least version that a process must know. */
  readonly requires: number;
  /** Who migrates now. */
  readonly holder: string | undefined;
}

/** The version of the database, and the lease under which it is changed. */
export interface SchemaStore {
  read(): Promise<SchemaState>;
  /** Takes the lease when nobody has it or when it has ended. */
  acquire(holder: string, leaseMs: number): Promise<boolean>;
  /** This and the two below: false when the lease is somebody else's by now; then nothing was written. */
  renew(holder: string, leaseMs: number): Promise<boolean>;
  /** Processes that do not know `version` are refused from now on. */
  require(holder: string, version: number): Promise<boolean>;
  advance(holder: string, to: Pick<Migration, 'version' | 'name'>): Promise<boolean>;
  release(holder: string): Promise<void>;
}
