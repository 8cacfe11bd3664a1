import type { MongoMigration } from './migration.ts';

/** The schema of 0.1. A database without a stored version already has it. */
export const initialSchema: MongoMigration = {
  version: 1,
  name: 'initial schema',
  compatibility: 'additive',
  run: () => Promise.resolve(),
};
