import type { Collection, Document } from 'mongodb';
import { toSearchTerms } from '../../../../domain/search-terms.ts';
import { toUrlHost } from '../../../../domain/webhook-endpoint.ts';
import type { MigrationContext, MongoMigration } from './migration.ts';

interface Stored extends Document {
  _id: string;
  name?: string;
  url?: string;
  description?: string | null;
  terms?: string[];
}

const batchSize = 500;

/**
 * Stores what the search finds accounts, apps, API keys and webhooks by. Skips what is done, so a second run completes
 * an interrupted one. Events that were accepted before are not found by values of their payloads.
 *
 * Additive: an older process stores objects that the search does not find until they are changed.
 */
export const searchTerms: MongoMigration = {
  version: 6,
  name: 'search terms',
  compatibility: 'additive',
  async run({ db, signal, oldForms }) {
    const byName = ({ _id, name }: Stored) => ({ terms: toSearchTerms([_id, name]) });
    for (const name of ['accounts', 'apps', 'keys']) {
      await addTerms(db.collection<Stored>(name), byName, signal);
    }
    const byHost = (webhook: Stored) => {
      const host = findHost(webhook, oldForms);
      return { host, terms: toSearchTerms([webhook._id, host, webhook.description]) };
    };
    await addTerms(db.collection<Stored>('webhooks'), byHost, signal);
  },
};

async function addTerms(
  collection: Collection<Stored>,
  toFields: (doc: Stored) => Document,
  signal: AbortSignal,
): Promise<void> {
  let after = '';
  for (;;) {
    signal.throwIfAborted();
    const batch = await collection
      .find({ _id: { $gt: after } })
      .project<Stored>({ name: 1, url: 1, description: 1, terms: 1 })
      .sort({ _id: 1 })
      .limit(batchSize)
      .toArray();
    const last = batch.at(-1);
    if (last === undefined) return;
    const writes = batch
      .filter(({ terms }) => terms === undefined)
      // Only if it is still missing, so that a change that arrives in between is not lost.
      .map((doc) => ({
        updateOne: { filter: { _id: doc._id, terms: { $exists: false } }, update: { $set: toFields(doc) } },
      }));
    if (writes.length > 0) await collection.bulkWrite(writes, { ordered: false });
    after = last._id;
  }
}

/** Null if no key decrypts the URL. The webhook is then found by its id and its description. */
function findHost({ _id, url }: Stored, oldForms: MigrationContext['oldForms']): string | null {
  if (!oldForms.isBound(url)) return null;
  try {
    return toUrlHost(oldForms.open(url, { webhookId: _id, field: 'url' }));
  } catch {
    return null;
  }
}
