import type { MongoMigration } from './migration.ts';

/** What 0.1 writes. A database from before versions were counted has this form already. */
export const firstForm: MongoMigration = {
  version: 1,
  name: 'first form',
  compatibility: 'additive',
  run: () => Promise.resolve(),
};
