import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { migrate } from '../../server/src/services/maintenance/migrate.ts';
import { createOldFormSealer } from '../../server/src/services/webhooks/secret-box.ts';
import { Connection } from '../../server/src/store/mongo/connection.ts';
import { migrations, bindMigrations } from '../../server/src/store/mongo/schema/migrations/list.ts';
import type { MongoMigration } from '../../server/src/store/mongo/schema/migrations/migration.ts';
import { MongoSchemaStore } from '../../server/src/store/mongo/schema/migrations/schema-store.ts';
import { createLog } from '../../server/src/telemetry/log.ts';

/*
 * Acts as a server of the next release that starts. Its one additional migration marks the documents of
 * `things` one after the other. With STOP_AT_HALF it prints `half` once half of them are marked, and then waits
 * until it is killed.
 */

const stopsAtHalf = process.env['STOP_AT_HALF'] === 'true';

const version = migrations.length + 1;

const markThings: MongoMigration = {
  version,
  name: 'mark things',
  compatibility: 'additive',
  async run({ db, signal }) {
    await db.collection('runs').insertOne({ pid: process.pid });
    const things = db.collection('things');
    const total = await things.countDocuments();
    for (;;) {
      signal.throwIfAborted();
      const done = await things.countDocuments({ mark: { $exists: true } });
      if (done === total) return;
      if (stopsAtHalf && done >= total / 2) {
        process.stdout.write('half\n');
        await wait(120_000);
      }
      await things.updateOne({ mark: { $exists: false } }, { $set: { mark: 1 } });
      await wait(5);
    }
  },
};

const uri = process.env['MONGODB_URI'] ?? '';
await using connection = await Connection.open({ uri });
const { db, collections, clock } = connection;
const log = createLog('warn');
await migrate({
  schema: new MongoSchemaStore(collections, clock),
  migrations: bindMigrations({ db, collections, log, oldForms: createOldFormSealer(randomBytes(32)) }, [
    ...migrations,
    markThings,
  ]),
  holder: `test-${process.pid}`,
  log,
  leaseMs: Number(process.env['LEASE_MS'] ?? 30_000),
  pollMs: 50,
});
process.stdout.write('migrated\n');
