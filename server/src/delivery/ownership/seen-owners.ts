import type { OwnershipView, PartitionOwners } from '../../domain/ports/ownership.ts';

/** The owners of the partitions as they were last read. */
export class SeenOwners implements PartitionOwners {
  #owners: readonly (string | null)[] = [];
  #ownerCount = 0;

  get ownerCount(): number {
    return this.#ownerCount;
  }

  findOwner(partition: number): string | undefined {
    return this.#owners[partition] ?? undefined;
  }

  update({ partitions }: OwnershipView): void {
    this.#owners = partitions.map(({ owner }) => owner);
    this.#ownerCount = new Set(this.#owners).size;
  }
}
