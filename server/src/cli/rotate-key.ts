import { AccessControl } from '../services/access-control.ts';
import { createAuditService } from '../services/audit.ts';
import { createIds } from '../services/ids.ts';
import { resealSecrets } from '../services/reseal-secrets.ts';
import { refuseIncompatible } from '../services/migrate.ts';
import { createSecretBox, keyIdOf } from '../services/secret-box.ts';
import { MongoAppStore } from '../store/mongo/access-stores.ts';
import { MongoAuditLog } from '../store/mongo/audit-log.ts';
import { Connection } from '../store/mongo/connection.ts';
import { migrations } from '../store/mongo/migrations/list.ts';
import { MongoSchemaStore } from '../store/mongo/migrations/schema-store.ts';
import { MongoWebhookStore } from '../store/mongo/webhook-store.ts';
import { createLog } from '../telemetry/log.ts';
import { ConfigError, readConfig } from '../config.ts';
import { startDatabase } from '../database.ts';

/*
 * `npm run rotate-key`: seals all webhook secrets anew with ENCRYPTION_KEY. ENCRYPTION_KEY_PREVIOUS names the keys that they
 * are sealed with now. Can be stopped at any moment and run again. See docs/key-rotation.md.
 *
 * Exit codes: 0 everything is under the new key; 1 something is not, or it failed on the way: run it again; 2 the
 * configuration is wrong and nothing was touched.
 */

async function main(): Promise<number> {
  const config = readConfig(process.env);
  const { ENCRYPTION_KEY: current, ENCRYPTION_KEY_PREVIOUS: previous } = config;
  if (current === undefined) throw new ConfigError(['ENCRYPTION_KEY: must be the new key']);
  if (previous === undefined) throw new ConfigError(['ENCRYPTION_KEY_PREVIOUS: must be the old key']);
  const say = (line: string) => void process.stdout.write(`${line}\n`);

  const database = await startDatabase(config, say);
  try {
    await using connection = await Connection.open({ uri: database.uri });
    const { collections, clock } = connection;
    refuseIncompatible(await new MongoSchemaStore(collections, clock).read(), migrations.length);
    say(`sealing webhook secrets with key ${keyIdOf(current)}`);
    const result = await resealSecrets({
      store: new MongoWebhookStore(connection.client, collections),
      secretBox: createSecretBox(current, previous),
      report: ({ seen, resealed }) => say(`${seen} webhooks seen, ${resealed} resealed`),
    });
    const audit = createAuditService({
      auditLog: new MongoAuditLog(connection.db, collections),
      access: new AccessControl(new MongoAppStore(collections)),
      ids: createIds(),
      clock,
      log: createLog(config.LOG_LEVEL, {
        secrets: [current, ...previous].map((key) => key.toString('base64')),
      }),
    });
    const { resealed, unreadable, remaining } = result;
    await audit.record('system', {
      action: 'encryption_key.rotated',
      accountId: null,
      targetId: keyIdOf(current),
      details: { resealed, unreadable: unreadable.length, remaining },
    });
    for (const id of unreadable) say(`${id}: no given key opens its secrets; rotate its secret`);
    say(`done: ${resealed} resealed, ${unreadable.length} unreadable, ${remaining} remaining`);
    if (remaining > 0)
      say('some server still seals with an old key: restart it with the new one, then run this again');
    return unreadable.length + remaining === 0 ? 0 : 1;
  } finally {
    await database.stop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof ConfigError) {
    process.stderr.write(
      `cannot rotate the encryption key:\n${error.lines.map((line) => `  ${line}\n`).join('')}`,
    );
    process.exitCode = 2;
  } else {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`the rotation was cut short and can be run again: ${text}\n`);
    process.exitCode = 1;
  }
}
