import type { Migration } from '../../../../domain/ports/schema-store.ts';
import { initialSchema } from './0001-initial-schema.ts';
import { accountOfEachDocument } from './0002-account-of-each-document.ts';
import { bindCredentials } from './0003-bind-credentials.ts';
import { accountOfEndpointHealth } from './0004-account-of-endpoint-health.ts';
import { partitions } from './0005-partitions.ts';
import { searchTerms } from './0006-search-terms.ts';
import type { MigrationContext, MongoMigration } from './migration.ts';

/** All migrations, in order. A new one is a file and a line here. Never change or remove a released one. */
export const migrations: readonly MongoMigration[] = [
  initialSchema,
  accountOfEachDocument,
  bindCredentials,
  accountOfEndpointHealth,
  partitions,
  searchTerms,
];

/** Binds migrations to a database, so that the domain can run them. */
export function bindMigrations(
  target: Omit<MigrationContext, 'signal'>,
  list: readonly MongoMigration[] = migrations,
): Migration[] {
  return list.map((migration) => ({
    ...migration,
    run: (signal) => migration.run({ ...target, signal }),
  }));
}
