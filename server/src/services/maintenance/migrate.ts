import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../../domain/ports/runtime.ts';
import type { Migration, SchemaState, SchemaStore } from '../../domain/ports/schema-store.ts';

export interface MigrateDeps {
  readonly schema: SchemaStore;
  readonly migrations: readonly Migration[];
  /** Unique per start of a process. */
  readonly holder: string;
  readonly log: Log;
  /** How long a process that died is waited for. @default 15 s */
  readonly leaseMs?: number;
  /** How often to look whether another has finished. @default 500 ms */
  readonly pollMs?: number;
}

/** As the leases of deliveries: longer than any pause of a process that still lives. */
const defaultLeaseMs = 15_000;
const defaultPollMs = 500;

/** The database was changed by a newer version in a way that this one would do harm to. */
export class IncompatibleSchemaError extends Error {
  override readonly name = 'IncompatibleSchemaError';

  constructor({ version, requires }: SchemaState, known: number) {
    super(
      `the database has version ${version} and takes only servers that know version ${requires}; ` +
        `this one knows version ${known}: start a newer release, or restore a backup from before the upgrade`,
    );
  }
}

export function rejectIncompatible(state: SchemaState, known: number): void {
  if (state.requires > known) throw new IncompatibleSchemaError(state, known);
}

/**
 * Brings the database to the newest version that this process knows. Of several that start at once one does it, under a
 * lease, and the others wait for it; one that dies is followed by another when its lease has ended.
 *
 *   looking --version is known and reached, or newer and compatible--> done
 *   looking --requires more than is known--> refused
 *   looking --older, the lease is free--> migrating --each step is written--> done
 *   looking --older, another holds the lease--> looking, after a pause
 *   migrating --lease lost--> looking
 */
export async function migrate(deps: MigrateDeps): Promise<void> {
  const { schema, migrations, holder, log, leaseMs = defaultLeaseMs, pollMs = defaultPollMs } = deps;
  const known = migrations.at(-1)?.version ?? 0;
  let told: string | undefined;
  for (;;) {
    const state = await schema.read();
    rejectIncompatible(state, known);
    if (state.version > known) {
      log.warn(
        { stored: state.version, known },
        'the database was upgraded by a newer release; this older one works with it, upgrade it soon',
      );
    }
    if (state.version >= known) return;
    if (await schema.acquire(holder, leaseMs)) {
      if (await runAll(deps, leaseMs)) return;
      log.warn({}, 'lost the lease of the migration; looking again');
      continue;
    }
    if (told !== state.holder)
      log.info({ holder: state.holder }, 'another process migrates the database; waiting');
    told = state.holder;
    await wait(pollMs);
  }
}

/** Answers false when the lease was lost on the way. */
async function runAll({ schema, migrations, holder, log }: MigrateDeps, leaseMs: number): Promise<boolean> {
  const lost = new AbortController();
  const renewal = setInterval(() => {
    schema.renew(holder, leaseMs).then(
      (isOurs) => {
        if (!isOurs) lost.abort();
      },
      // Unknown: the next write under the lease says whether it is still ours.
      (error: unknown) => log.warn({ err: error }, 'could not renew the lease of the migration'),
    );
  }, leaseMs / 3).unref();
  try {
    // Read under the lease: another may have finished between the look and the lease.
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
