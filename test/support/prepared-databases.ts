import { randomBytes } from 'node:crypto';
import type { CollectionInfo, Db, MongoClient } from 'mongodb';
import { indexSpecs } from '../../server/src/store/mongo/schema/indexes.ts';
import { clearDatabase } from './clear-database.ts';

/*
 * Databases that have all collections and indexes. To create them takes most of the time that an app needs to start,
 * so an app returns its database to the mongod of the run, emptied, and another app starts on it.
 */

/** The list of them is on the mongod itself, because several test processes use it. */
const listName = 'test_prepared';

/** The index that removes old entries of the audit log depends on a setting, so it is not among the others. */
const indexCount = indexSpecs.length + 1;

function getList(client: MongoClient) {
  return client.db(listName).collection<{ _id: string }>('databases');
}

/** Returns the name of a database with collections and indexes and without documents. A new one if none is free. */
export async function takeDatabase(client: MongoClient): Promise<string> {
  const free = await getList(client).findOneAndDelete({});
  return free?._id ?? `test_${randomBytes(8).toString('hex')}`;
}

/**
 * Empties a database for the next app. One that another process uses, or whose collections, validators or indexes a test
 * changed, is left as it is.
 */
export async function returnDatabase(client: MongoClient, db: Db): Promise<void> {
  const { collections, indexes } = await db.command({ dbStats: 1 });
  if (indexes !== collections + indexCount) return;
  if ((await db.collection('processes').countDocuments()) > 0) return;
  const infos = await db.listCollections<CollectionInfo>({}, { nameOnly: false }).toArray();
  if (infos.some(({ options }) => options?.['validator'] !== undefined)) return;
  await clearDatabase({ db });
  await getList(client).insertOne({ _id: db.databaseName });
}
