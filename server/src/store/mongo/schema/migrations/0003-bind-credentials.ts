import type { Collection } from 'mongodb';
import type { OldFormSealer } from '../../../../domain/ports/secret-box.ts';
import type { MigrationContext, MongoMigration } from './migration.ts';

/** A webhook as an older release or this migration stored it. */
interface StoredWebhook {
  _id: string;
  secret: string;
  previousSecrets: { sealed: string; until: Date }[];
  url: string;
  headers: string | Record<string, string>;
}

type Credentials = Omit<StoredWebhook, '_id'>;

const batchSize = 200;

/**
 * Seals the URL and the custom headers of each webhook, which older releases stored in clear, and binds each
 * secret to its webhook and field. Skips what is done, so a second run completes an interrupted one.
 *
 * Incompatible, because an older release reads neither form.
 */
export const bindCredentials: MongoMigration = {
  version: 3,
  name: 'bind credentials',
  compatibility: 'incompatible',
  async run({ db, log, signal, oldForms }) {
    const webhooks = db.collection<StoredWebhook>('webhooks');
    await rejectWrongKey(webhooks, oldForms);
    let after = '';
    for (;;) {
      signal.throwIfAborted();
      const batch = await webhooks
        .find({ _id: { $gt: after } })
        .project<StoredWebhook>({ secret: 1, previousSecrets: 1, url: 1, headers: 1 })
        .sort({ _id: 1 })
        .limit(batchSize)
        .toArray();
      const last = batch.at(-1);
      if (last === undefined) return;
      await bindBatch(webhooks, batch, oldForms, log);
      after = last._id;
    }
  },
};

/** Rejects a key that opens none of the first secrets, because URLs sealed with it would be lost. */
async function rejectWrongKey(webhooks: Collection<StoredWebhook>, oldForms: OldFormSealer): Promise<void> {
  const first = await webhooks.find().sort({ _id: 1 }).limit(batchSize).toArray();
  const old = first.filter(({ secret }) => !oldForms.isBound(secret));
  if (old.length === 0 || old.some(({ _id, secret }) => tryBind(oldForms, _id, 'secret', secret) !== secret))
    return;
  throw new Error(
    'ENCRYPTION_KEY opens no stored webhook secret; start with the key that sealed them, or add it to ENCRYPTION_KEY_PREVIOUS',
  );
}

async function bindBatch(
  webhooks: Collection<StoredWebhook>,
  batch: readonly StoredWebhook[],
  oldForms: OldFormSealer,
  log: MigrationContext['log'],
): Promise<void> {
  const writes = batch.flatMap(({ _id, ...from }) => {
    const to = toBound(oldForms, _id, from);
    if (!oldForms.isBound(to.secret)) {
      log.warn({ webhookId: _id }, 'no key decrypts the secret of the webhook; rotate its secret');
    }
    // Compares all fields, so that a change that arrives in between is not lost.
    return isSame(from, to) ? [] : [{ updateOne: { filter: { _id, ...from }, update: { $set: to } } }];
  });
  if (writes.length > 0) await webhooks.bulkWrite(writes, { ordered: false });
}

function toBound(oldForms: OldFormSealer, webhookId: string, from: Credentials): Credentials {
  const { secret, previousSecrets, url, headers } = from;
  return {
    secret: tryBind(oldForms, webhookId, 'secret', secret),
    previousSecrets: previousSecrets.map(({ sealed, until }) => ({
      sealed: tryBind(oldForms, webhookId, 'previousSecrets', sealed),
      until,
    })),
    url: oldForms.isBound(url) ? url : oldForms.seal(url, { webhookId, field: 'url' }),
    headers: oldForms.isBound(headers)
      ? headers
      : oldForms.seal(JSON.stringify(headers), { webhookId, field: 'headers' }),
  };
}

/** Returns the text unchanged if no key decrypts it. The server then rejects it. */
function tryBind(
  oldForms: OldFormSealer,
  webhookId: string,
  field: 'secret' | 'previousSecrets',
  sealed: string,
): string {
  if (oldForms.isBound(sealed)) return sealed;
  try {
    return oldForms.bind(sealed, { webhookId, field });
  } catch {
    return sealed;
  }
}

function isSame(from: Credentials, to: Credentials): boolean {
  return (
    from.secret === to.secret &&
    from.url === to.url &&
    from.headers === to.headers &&
    from.previousSecrets.every(({ sealed }, index) => sealed === to.previousSecrets[index]?.sealed)
  );
}
