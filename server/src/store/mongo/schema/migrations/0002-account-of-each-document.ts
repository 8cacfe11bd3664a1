import type { Collection, Document } from 'mongodb';
import type { MigrationContext, MongoMigration } from './migration.ts';

/** Documents in one read and one write. Bounds their time, and how long an abort takes. */
const batchSize = 10_000;

/**
 * The account of documents whose app does not exist: apps that an older release deleted kept their events. No
 * account has this id, so only the operator sees these documents.
 */
export const unknownAccountId = 'acc_unknown';

/** The fields that this migration reads and writes. */
interface OwnedDoc extends Document {
  _id: string;
  appId: string;
  accountId?: string;
}

/**
 * Stores the account with each webhook, replay, event, delivery and minute of activity, so that a list of an
 * account needs no list of its apps. Incompatible: an older process writes documents without the account.
 *
 * Works in batches in the order of ids and skips what has an account, so a repetition continues.
 */
export const accountOfEachDocument: MongoMigration = {
  version: 2,
  name: 'account of each document',
  compatibility: 'incompatible',
  async run(context) {
    const { webhooks, replays, activity, events, deliveries } = context.collections;
    const accounts = await readAccounts(context);
    const run = async (names: readonly string[]) => {
      for (const name of names) await setAccounts(context, context.db.collection(name), accounts);
    };
    // Two collections at a time: the largest ones are the events and the deliveries.
    await Promise.all([
      run([webhooks, replays, activity, deliveries].map(({ collectionName }) => collectionName)),
      run([events.collectionName]),
    ]);
  },
};

/** Accounts by app id. */
async function readAccounts({ collections }: MigrationContext): Promise<ReadonlyMap<string, string>> {
  const accounts = new Map<string, string>();
  for await (const app of collections.apps.find({}, { projection: { accountId: 1 } })) {
    accounts.set(app._id, app.accountId);
  }
  return accounts;
}

async function setAccounts(
  { log, signal }: MigrationContext,
  collection: Collection<OwnedDoc>,
  accounts: ReadonlyMap<string, string>,
): Promise<void> {
  let count = 0;
  let last: string | undefined;
  while (!signal.aborted) {
    const docs = await collection
      .find(last === undefined ? {} : { _id: { $gt: last } }, { projection: { appId: 1, accountId: 1 } })
      .sort({ _id: 1 })
      .limit(batchSize)
      .toArray();
    last = docs.at(-1)?._id;
    if (last === undefined) break;
    const missing = docs.filter((doc) => doc.accountId === undefined);
    if (missing.length > 0) await writeAccounts(collection, missing, accounts);
    count += missing.length;
  }
  log.info({ collection: collection.collectionName, documents: count }, 'stored the account of documents');
}

async function writeAccounts(
  collection: Collection<OwnedDoc>,
  docs: readonly OwnedDoc[],
  accounts: ReadonlyMap<string, string>,
): Promise<void> {
  const idsByAccount = new Map<string, string[]>();
  for (const { _id, appId } of docs) {
    const accountId = accounts.get(appId) ?? unknownAccountId;
    const ids = idsByAccount.get(accountId);
    if (ids === undefined) idsByAccount.set(accountId, [_id]);
    else ids.push(_id);
  }
  await collection.bulkWrite(
    [...idsByAccount].map(([accountId, ids]) => ({
      updateMany: { filter: { _id: { $in: ids } }, update: { $set: { accountId } } },
    })),
    // The step is recorded with a majority afterwards, which includes all writes before it.
    { ordered: false, writeConcern: { w: 1 } },
  );
}
