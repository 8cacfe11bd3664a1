import { convertOldForm } from '../../queue/convert-old-form.ts';
import type { MongoMigration } from './migration.ts';

/** Documents in one step. */
const stepLimit = 1_000;

/**
 * Converts open outbox entries and waiting deliveries to the form with partitions, in which no process claims
 * work. Processes that send must not run during the upgrade: one of an older release finds nothing to send.
 * Those that only serve the API may: what they accept is converted as long as any is found.
 */
export const partitions: MongoMigration = {
  version: 5,
  name: 'partitions',
  compatibility: 'incompatible',
  async run({ collections, signal }) {
    while (!signal.aborted && (await convertOldForm(collections, stepLimit)) > 0);
  },
};
