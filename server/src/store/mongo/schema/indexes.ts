import { configurationIndexes } from './configuration-indexes.ts';
import { eventIndexes } from './event-indexes.ts';
import type { IndexSpec } from './index-spec.ts';
import { operationIndexes } from './operation-indexes.ts';

/**
 * All indexes. Each one makes writes on the hot path slower, so there is none without a query that needs it.
 * The indexes of the queue are partial: they contain only unfinished work.
 *
 * To change an index, give it a new name and put the old name into `replaces`. Indexes for `sending` are
 * hinted by the queue, because each claim would read the whole collection without them.
 */
export const indexSpecs: readonly IndexSpec[] = [
  ...operationIndexes,
  ...configurationIndexes,
  ...eventIndexes,
];
