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

/**
 * How long results gather at least, ms. With 10 ms, a delivery takes a tenth more CPU time. A crash repeats the
 * deliveries of this time.
 */
const minResultGapMs = 25;

/**
 * How long a process gathers results for one write, ms. Nothing waits for them.
 *
 * @param owned number of partitions that the process owns
 */
export function getResultGapMs(owned: number): number {
  return Math.max(minResultGapMs, getShareGapMs(owned));
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
