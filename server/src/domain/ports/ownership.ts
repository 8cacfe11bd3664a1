/*
 * Which sending process owns which partition. A process has a lease that its heartbeats extend. A partition
 * names its owner and has an epoch, a fencing token that every change of the owner raises.
 */

export type ProcessLifeState =
  /** Its heartbeats extend its lease. */
  | 'live'
  /** It shuts down and hands over its partitions. Takes no others. */
  | 'draining'
  /** It lost its lease for good: its heartbeats have no effect, and others take its partitions. */
  | 'fenced';

/** What a process says about itself when it registers. */
export interface ProcessIdentity {
  /** Name that the operator gives it, kept over restarts. A start fences the process that had it before. */
  readonly instance: string | null;
  readonly host: string;
  /** The namespace in which `pid` is unique. Host names are not enough: containers can share one. */
  readonly pidNamespace: string;
  readonly pid: number;
  /** Distinguishes the process from a later one with the same pid. Null where the system does not tell. */
  readonly pidStart: string | null;
  readonly role: string;
  /** Whether it sends deliveries, and so owns partitions. */
  readonly sends: boolean;
}

/** A registered process, at the time of the database's reply. */
export interface ProcessRecord extends Omit<ProcessIdentity, 'role'> {
  /** Unique for each start, and new after a fence. */
  readonly id: string;
  readonly state: ProcessLifeState;
  /** End of its lease, by the database's clock, epoch ms. 0 for a process of a release without leases. */
  readonly until: number;
  /** Number of its heartbeats. A fence compares it. */
  readonly beats: number;
  /** The last entry of the change log that it has applied to its caches. */
  readonly changeSeen: number;
}

export interface PartitionRecord {
  readonly partition: number;
  /** The id of a process. Null: free. */
  readonly owner: string | null;
  /** Raised by every change of the owner. 0: never owned. */
  readonly epoch: number;
  /** The id of the process that asks the owner for it. */
  readonly wanted: string | null;
}

/** Processes and partitions, as a majority of the database has them. */
export interface OwnershipView {
  /** The database's clock, epoch ms. */
  readonly now: number;
  readonly processes: readonly ProcessRecord[];
  /** All partitions, also those without a document, in their order. */
  readonly partitions: readonly PartitionRecord[];
}

/** The owners of the partitions, as this process last saw them. Can be out of date. */
export interface PartitionOwners {
  /** Number of owners. No owner counts as one. 0: not known yet. */
  readonly ownerCount: number;
  /** Returns the id of the owner. Undefined if the partition is free or not known yet. */
  findOwner(partition: number): string | undefined;
}

/** A partition as it was seen, which a change depends on. */
export type PartitionClaim = Pick<PartitionRecord, 'partition' | 'owner' | 'epoch'>;

/** All writes wait for a majority, so that no failover undoes what they acknowledge. */
export interface ProcessStore {
  /** Adds a live process whose lease lasts `leaseMs` by the database's clock. */
  register(id: string, identity: ProcessIdentity, leaseMs: number, changeSeen: number): Promise<void>;
  /**
   * Extends the lease of a process that is not fenced to `leaseMs` from now, by the database's clock, counts the
   * heartbeat, and raises `changeSeen`. Returns false if the process is fenced or removed.
   */
  heartbeat(id: string, leaseMs: number, changeSeen: number): Promise<boolean>;
  /** Marks a live process as draining. */
  startDraining(id: string): Promise<void>;
  /** Raises the `changeSeen` of a process. */
  reportChangeSeen(id: string, changeSeen: number): Promise<void>;
  /**
   * Fences a process. Returns whether this call fenced it.
   *
   * @param beats - Fences it only if it has sent no heartbeat since this one. Undefined: fences it in any case, and
   * creates a fenced record for a process without one, so that it can never register.
   */
  fence(id: string, beats: number | undefined): Promise<boolean>;
  /** Removes the process itself. */
  remove(id: string): Promise<void>;
  /** Removes fenced processes. */
  removeFenced(ids: readonly string[]): Promise<void>;
}

export interface PartitionStore {
  /** Reads the partitions first, so that each owner in the view was registered before it became owner. */
  read(): Promise<OwnershipView>;
  /**
   * Compare-and-set: makes `owner` the owner of each partition that still has the claimed owner and epoch, with
   * an epoch one higher, and clears `wanted`. Returns those that `owner` has with that epoch now.
   */
  take(claims: readonly PartitionClaim[], owner: string): Promise<readonly number[]>;
  /**
   * Compare-and-set: gives each partition to its new owner, with an epoch one higher, and clears `wanted`. Null:
   * frees it.
   */
  handOver(claims: readonly (PartitionClaim & { readonly newOwner: string | null })[]): Promise<void>;
  /** Frees all partitions of a process, with an epoch one higher. */
  releaseAll(owner: string): Promise<void>;
  /**
   * Compare-and-set: sets `wanted` of each partition that still has this owner, epoch and `wanted`.
   *
   * @param wanted - Null: withdraws or rejects the request.
   */
  setWanted(records: readonly PartitionRecord[], wanted: string | null): Promise<void>;
}
