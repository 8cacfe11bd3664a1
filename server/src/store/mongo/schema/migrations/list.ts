import type { Migration } from '../../../../domain/ports/schema-store.ts';
import { firstForm } from './0001-initial-schema.ts';
import type { MigrationContext, MongoMigration } from './migration.ts';

/** All of them, in order. A new one is a file and a line here. What was released is never changed or removed. */
export const migrations: readonly MongoMigration[] = [firstForm];

export function migrationsOn(
  target: Omit<MigrationContext, 'signal'>,
  list: readonly MongoMigration[] = migrations,
): Migration[] {
  return list.map((migration) => ({
    ...migration,
    run: (signal) => migration.run({ ...target, signal }),
  }));
}
