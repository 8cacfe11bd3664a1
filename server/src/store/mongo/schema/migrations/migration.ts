import type { Db } from 'mongodb';
import type { Log } from '../../../../domain/ports/runtime.ts';
import type { OldFormSealer } from '../../../../domain/ports/secret-box.ts';
import type { Migration } from '../../../../domain/ports/schema-store.ts';
import type { Collections } from '../../documents/collections.ts';

export interface MigrationContext {
  readonly db: Db;
  readonly collections: Collections;
  readonly log: Log;
  /** Reads what older releases sealed. */
  readonly oldForms: OldFormSealer;
  readonly signal: AbortSignal;
}

/** A migration that is not yet bound to a database. The rules are in docs/schema-changes.md. */
export interface MongoMigration extends Omit<Migration, 'run'> {
  run(context: MigrationContext): Promise<void>;
}
