/** Number of partitions of a database. Stored with events and deliveries, so it never changes. */
export const partitionCount = 128;

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/**
 * Returns the partition of a webhook: FNV-1a (32 bit) of its id, modulo the number of partitions. One process
 * owns a partition at a time and sends to all webhooks in it.
 */
export function toPartition(webhookId: string): number {
  let hash = offsetBasis;
  for (let index = 0; index < webhookId.length; index++) {
    // Ids are ASCII, so a UTF-16 unit is a byte.
    hash = Math.imul(hash ^ webhookId.charCodeAt(index), prime);
  }
  return (hash >>> 0) % partitionCount;
}
