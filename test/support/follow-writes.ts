import type { MongoClient, Timestamp } from 'mongodb';

interface OplogEntry {
  readonly ts: Timestamp;
  /** `n`: nothing. */
  readonly op: string;
  readonly ns: string;
  /** Of a transaction: its writes. */
  readonly o?: { readonly applyOps?: readonly { readonly ns: string }[] };
}

/**
 * Follows the log of the replica set. Returns a function that names the collections of a database that were written to
 * since the last call, once for each write. Takes less time than to compare contents, and sees writes that undo others.
 */
export async function followWrites(client: MongoClient, database: string): Promise<() => Promise<string[]>> {
  const log = client.db('local').collection<OplogEntry>('oplog.rs');
  const newest = await log.findOne({}, { sort: { $natural: -1 }, projection: { ts: 1 } });
  if (newest === null) throw new Error('the mongod has no log');
  let last = newest.ts;
  const prefix = `${database}.`;
  return async () => {
    const projection = { ts: 1, op: 1, ns: 1, 'o.applyOps.ns': 1 };
    // From all databases, so that `last` is up to date.
    const entries = await log.find({ ts: { $gt: last } }, { projection, batchSize: 10_000 }).toArray();
    last = entries.at(-1)?.ts ?? last;
    return entries
      .filter(({ op }) => op !== 'n')
      .flatMap(({ ns, o }) => o?.applyOps?.map((write) => write.ns) ?? [ns])
      .filter((ns) => ns.startsWith(prefix))
      .map((ns) => ns.slice(prefix.length));
  };
}
