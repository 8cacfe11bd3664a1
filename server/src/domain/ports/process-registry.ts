/* What the processes on one database know and tell of each other. */

/** Which processes run on this database: tells whose leases may be taken back at once. */
export interface ProcessRegistry {
  register(process: RunningProcess): Promise<void>;
  /** Those whose pids mean what they mean to us. */
  inPidNamespace(pidNamespace: string): Promise<RunningProcess[]>;
  remove(id: string): Promise<void>;
}

export interface RunningProcess {
  /** Unique per start; the part of a lease token before the dot. */
  readonly id: string;
  readonly host: string;
  /** Where `pid` means one process. Not the host: containers can share its name. */
  readonly pidNamespace: string;
  readonly pid: number;
  readonly role: string;
  readonly startedAt: number;
}

/** Tells all processes that something changed or that there is work, and hears it from them. */
export interface Notifications {
  notifyWork(): void;
  subscribe(listener: NotificationListener): void;
}

export interface NotificationListener {
  onWork(): void;
  /** Configuration changed; undefined: anything may have changed. */
  onConfigChange(change: ConfigChange | undefined): void;
}

export interface ConfigChange {
  readonly collection: 'webhooks' | 'apps' | 'keys';
  readonly id: string;
  /** Whose webhooks changed, or the app itself; undefined for a key. */
  readonly appId: string | undefined;
}
