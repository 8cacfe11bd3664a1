/** Which processes run on this database, so that the leases of dead ones can be released at once. */
export interface ProcessRegistry {
  register(process: RunningProcess): Promise<void>;
  /** Returns the registered processes in a PID namespace. Only there does a pid identify a process. */
  findInPidNamespace(pidNamespace: string): Promise<RunningProcess[]>;
  remove(id: string): Promise<void>;
}

export interface RunningProcess {
  /** Unique for each start. Its lease tokens begin with it and a dot. */
  readonly id: string;
  readonly host: string;
  /** The namespace in which `pid` is unique. Host names are not enough: containers can share one. */
  readonly pidNamespace: string;
  readonly pid: number;
  readonly role: string;
  /** Epoch ms. */
  readonly startedAt: number;
}
