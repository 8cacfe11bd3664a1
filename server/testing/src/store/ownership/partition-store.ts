import { partitionCount } from '../../../../src/domain/partition.ts';
import type {
  OwnershipView,
  PartitionClaim,
  PartitionRecord,
  PartitionStore,
} from '../../../../src/domain/ports/ownership.ts';
import type { Clock } from '../../../../src/domain/ports/runtime.ts';
import type { MemoryConfig } from '../memory-config.ts';
import { compareText } from '../read-map.ts';

type Config = Pick<MemoryConfig, 'partitions' | 'processes'>;

export class MemoryPartitionStore implements PartitionStore {
  readonly #config: Config;
  readonly #clock: Clock;

  /** @param clock - the one that leases of processes end by */
  constructor(config: Config, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  async read(): Promise<OwnershipView> {
    const partitions = Array.from({ length: partitionCount }, (_, partition) => this.#get(partition));
    const processes = [...this.#config.processes.values()].sort((a, b) => compareText(a.id, b.id));
    return structuredClone({ now: this.#clock.now(), processes, partitions });
  }

  async take(claims: readonly PartitionClaim[], owner: string): Promise<readonly number[]> {
    for (const claim of claims) this.#setOwner(claim, owner);
    // Also those that an earlier call with the same claim took.
    return claims
      .filter(({ partition, epoch }) => {
        const record = this.#get(partition);
        return record.owner === owner && record.epoch === epoch + 1;
      })
      .map(({ partition }) => partition);
  }

  async handOver(claims: readonly (PartitionClaim & { readonly newOwner: string | null })[]): Promise<void> {
    for (const { newOwner, ...claim } of claims) this.#setOwner(claim, newOwner);
  }

  async releaseAll(owner: string): Promise<void> {
    for (const record of this.#config.partitions.values()) {
      if (record.owner === owner) this.#setOwner(record, null);
    }
  }

  async setWanted(records: readonly PartitionRecord[], wanted: string | null): Promise<void> {
    for (const seen of records) {
      const record = this.#get(seen.partition);
      if (isUnchanged(record, seen) && record.wanted === seen.wanted) {
        this.#config.partitions.set(seen.partition, { ...record, wanted });
      }
    }
  }

  #get(partition: number): PartitionRecord {
    return this.#config.partitions.get(partition) ?? { partition, owner: null, epoch: 0, wanted: null };
  }

  #setOwner(claim: PartitionClaim, owner: string | null): void {
    const { partition, epoch } = claim;
    if (!isUnchanged(this.#get(partition), claim)) return;
    this.#config.partitions.set(partition, { partition, owner, epoch: epoch + 1, wanted: null });
  }
}

function isUnchanged(record: PartitionRecord, { owner, epoch }: PartitionClaim): boolean {
  return record.owner === owner && record.epoch === epoch;
}
