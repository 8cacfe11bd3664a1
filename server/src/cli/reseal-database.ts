import { AccessControl } from '../services/authorization/access-control.ts';
import { createAuditService } from '../services/audit/audit-log.ts';
import { createIds } from '../services/common/ids.ts';
import { resealSecrets } from '../services/maintenance/reseal-secrets.ts';
import { rejectIncompatible } from '../services/maintenance/migrate.ts';
import { createSecretBox, toKeyId } from '../services/webhooks/secret-box.ts';
import { MongoAppDeletionStore } from '../store/mongo/accounts/app-deletion-store.ts';
import { MongoAppStore } from '../store/mongo/accounts/app-store.ts';
import { MongoAlertStore } from '../store/mongo/alerts/alert-store.ts';
import { MongoAuditLog } from '../store/mongo/system/audit-log.ts';
import { Connection } from '../store/mongo/connection.ts';
import { migrations } from '../store/mongo/schema/migrations/list.ts';
import { MongoSchemaStore } from '../store/mongo/schema/migrations/schema-store.ts';
import { MongoWebhookStore } from '../store/mongo/webhooks/webhook-store.ts';
import { createLog } from '../telemetry/log.ts';
import { ConfigError, readConfig } from '../config.ts';
import { startDatabase } from '../database.ts';
import { exitCode, type Context } from './command.ts';

/**
 * Encrypts all webhook credentials of the configured database with the current key, and records it in the
 * audit log.
 */
export async function resealDatabase({ env, progress, result: print }: Context): Promise<number> {
  const config = readConfig(env);
  const { ENCRYPTION_KEY: current, ENCRYPTION_KEY_PREVIOUS: previous } = config;
  if (current === undefined) throw new ConfigError(['ENCRYPTION_KEY: is required and must be the new key']);
  if (previous === undefined)
    throw new ConfigError(['ENCRYPTION_KEY_PREVIOUS: is required and must be the old key']);

  const database = await startDatabase(config, { report: progress });
  try {
    await using connection = await Connection.open({ uri: database.uri });
    const { collections, clock } = connection;
    rejectIncompatible(await new MongoSchemaStore(collections, clock).read(), migrations.length);
    progress(`encrypting webhook credentials with key ${toKeyId(current)}`);
    const secretBox = createSecretBox(current, previous);
    const webhooks = await resealSecrets({
      store: new MongoWebhookStore(collections),
      secretBox,
      report: ({ seen, resealed }) => progress(`${seen} webhooks checked, ${resealed} re-encrypted`),
    });
    const channels = await resealSecrets({
      store: new MongoAlertStore(collections),
      secretBox,
      report: ({ seen, resealed }) => progress(`${seen} alert channels checked, ${resealed} re-encrypted`),
    });
    const audit = createAuditService({
      auditLog: new MongoAuditLog(connection.db, collections),
      access: new AccessControl({
        apps: new MongoAppStore(collections),
        deletions: new MongoAppDeletionStore(collections),
        // This command reads each app once.
        cacheLease: { refresh: () => undefined },
      }),
      ids: createIds(),
      clock,
      log: createLog(config.LOG_LEVEL, {
        secrets: [current, ...previous].map((key) => key.toString('base64')),
      }),
    });
    const resealed = webhooks.resealed + channels.resealed;
    const remaining = webhooks.remaining + channels.remaining;
    const unreadable = [...webhooks.unreadable, ...channels.unreadable];
    await audit.record('system', {
      action: 'encryption_key.rotated',
      accountId: null,
      targetId: toKeyId(current),
      details: { resealed, unreadable: unreadable.length, remaining },
    });
    for (const id of unreadable)
      progress(
        `${id}: no given key can decrypt its credentials; rotate its secret and set its URL and headers`,
      );
    print(
      { resealed, unreadable, remaining },
      `done: ${resealed} re-encrypted, ${unreadable.length} unreadable, ${remaining} remaining`,
    );
    if (remaining > 0)
      progress('a server still encrypts with an old key; restart it with the new key and run this again');
    return unreadable.length + remaining === 0 ? exitCode.ok : exitCode.failed;
  } finally {
    await database.stop();
  }
}
