import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../../domain/ports/runtime.ts';
import type { Migration, SchemaState, SchemaStore } from '../../domain/ports/schema-store.ts';

export interface MigrateDeps {
  readonly schema: SchemaStore;
  readonly migrations: readonly Migration[];
  /** Unique per start of a process. */
  readonly holder: string;
  readonly log: Log;
  /** How long to wait for a process that died. @default 15 s */
  readonly leaseMs?: number;
  /** How often to check whether another process has finished. @default 500 ms */
  readonly pollMs?: number;
}

/** Like the leases of deliveries: longer than any pause of a live process. */
const defaultLeaseMs = 15_000;
const defaultPollMs = 500;

/** A newer release changed the database in a way that this one would damage. */
export class IncompatibleSchemaError extends Error {
  override readonly name = 'IncompatibleSchemaError';

  constructor({ version, requires }: SchemaState, known: number) {
    super(
      `the database has schema version ${version} and requires a server that supports version ${requires}; ` +
        `this one supports version ${known}. Start a newer release, or restore a backup from before the upgrade`,
    );
  }
}

export function rejectIncompatible(state: SchemaState, known: number): void {
  if (state.requires > known) throw new IncompatibleSchemaError(state, known);
}

/**
 * Migrates the database to the newest schema version that this process supports. Of several processes that
 * start at the same time, one migrates under a lease and the others wait. If it dies, another continues once
 * the lease has expired.
 *
 *   checking --version supported and reached, or newer and compatible--> done
 *   checking --requires a newer release--> rejected
 *   checking --older, the lease is free--> migrating --each step is stored--> done
 *   checking --older, another process holds the lease--> checking, after a pause
 *   migrating --lease lost--> checking
 */
export async function migrate(deps: MigrateDeps): Promise<void> {
  const { schema, migrations, holder, log, leaseMs = defaultLeaseMs, pollMs = defaultPollMs } = deps;
  const known = migrations.at(-1)?.version ?? 0;
  let loggedHolder: string | undefined;
  for (;;) {
    const state = await schema.read();
    rejectIncompatible(state, known);
    if (state.version > known) {
      log.warn(
        { stored: state.version, known },
        'a newer release upgraded the database; this release still works with it, but should be upgraded',
      );
    }
    if (state.version >= known) return;
    if (await schema.acquire(holder, leaseMs)) {
      if (await runAll(deps, leaseMs)) return;
      log.warn({}, 'lost the migration lease; checking again');
      continue;
    }
    if (loggedHolder !== state.holder)
      log.info({ holder: state.holder }, 'another process is migrating the database; waiting');
    loggedHolder = state.holder;
    await wait(pollMs);
  }
}

/** Returns false if the lease was lost. */
async function runAll({ schema, migrations, holder, log }: MigrateDeps, leaseMs: number): Promise<boolean> {
  const lost = new AbortController();
  const renewal = setInterval(() => {
    schema.renew(holder, leaseMs).then(
      (isOurs) => {
        if (!isOurs) lost.abort();
      },
      // The next write under the lease shows whether this process still holds it.
      (error: unknown) => log.warn({ err: error }, 'could not renew the migration lease'),
    );
  }, leaseMs / 3).unref();
  try {
    // Read under the lease, because another process may have finished in between.
    const { version } = await schema.read();
    for (const migration of migrations.filter((candidate) => candidate.version > version)) {
      if (
        migration.compatibility === 'incompatible' &&
        !(await schema.requireVersion(holder, migration.version))
      )
        return false;
      log.info({ version: migration.version, migration: migration.name }, 'migrating the database');
      await migration.run(lost.signal);
      if (lost.signal.aborted || !(await schema.advance(holder, migration))) return false;
      log.info({ version: migration.version, migration: migration.name }, 'migrated the database');
    }
    return true;
  } catch (error) {
    if (lost.signal.aborted) return false;
    throw error;
  } finally {
    clearInterval(renewal);
    await schema.release(holder).catch(() => undefined);
  }
}
