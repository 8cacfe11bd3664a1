import { partitionCount } from '../../../domain/partition.ts';
import type {
  PartitionRecord,
  ProcessIdentity,
  ProcessLifeState,
  ProcessRecord,
} from '../../../domain/ports/ownership.ts';

/** Optional fields are missing in documents of releases without leases. */
export interface ProcessDoc {
  _id: string;
  /** 2: its release has leases. */
  form?: number;
  instance?: string | null;
  host: string;
  pidSpace: string;
  pid: number;
  pidStart?: string | null;
  role: string;
  sends?: boolean;
  startedAt: Date;
  state?: ProcessLifeState;
  /** End of the lease, by the clock of the primary. */
  until?: Date;
  /** Number of heartbeats. */
  beats?: number;
  changeSeen?: number;
}

/** The partitions that were owned at least once have a document. */
export interface PartitionDoc {
  _id: number;
  owner: string | null;
  epoch: number;
  wanted: string | null;
}

/** The ids of all partitions. */
export const partitionIds: readonly number[] = Array.from({ length: partitionCount }, (_, id) => id);

export function toProcess(doc: ProcessDoc): ProcessRecord {
  return {
    id: doc._id,
    instance: doc.instance ?? null,
    host: doc.host,
    pidNamespace: doc.pidSpace,
    pid: doc.pid,
    pidStart: doc.pidStart ?? null,
    sends: doc.sends ?? false,
    state: doc.state ?? 'live',
    until: doc.until?.getTime() ?? 0,
    beats: doc.beats ?? 0,
    changeSeen: doc.changeSeen ?? 0,
  };
}

/** Without the times, which the database sets. */
export function toProcessDoc(
  id: string,
  identity: ProcessIdentity,
  changeSeen: number,
): Omit<ProcessDoc, 'until' | 'startedAt'> {
  const { instance, host, pidNamespace, pid, pidStart, role, sends } = identity;
  return {
    _id: id,
    form: 2,
    instance,
    host,
    pidSpace: pidNamespace,
    pid,
    pidStart,
    role,
    sends,
    state: 'live',
    beats: 0,
    changeSeen,
  };
}

export function toPartitionRecord({ _id, owner, epoch, wanted }: PartitionDoc): PartitionRecord {
  return { partition: _id, owner, epoch, wanted };
}
