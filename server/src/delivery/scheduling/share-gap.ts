import { partitionCount } from '../../domain/partition.ts';

/** With this time, a process that owns all partitions gathers enough, and delays little. */
const gapMs = 10;

const maxGapMs = 80;

/**
 * How long a process gathers work for one call of the database, ms. The smaller its share of the partitions, the
 * longer: several processes together then make about as many calls as one. Otherwise the cost of a delivery would
 * grow with their number.
 *
 * @param owned number of partitions that the process owns
 */
export function getShareGapMs(owned: number): number {
  return Math.min(maxGapMs, (gapMs * partitionCount) / Math.max(1, owned));
}

const minNotificationGapMs = 20;

/**
 * How long a process gathers the work of other processes for one notification, ms. Each of them reads every
 * notification, and gathers for as long anyway.
 *
 * @param owners number of processes that own partitions
 */
export function getNotificationGapMs(owners: number): number {
  return Math.max(minNotificationGapMs, getShareGapMs(partitionCount / Math.max(1, owners)));
}
