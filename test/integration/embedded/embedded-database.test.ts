import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { startEmbeddedDatabase } from '../../../server/src/embedded/embedded-database.ts';
import { defaultCacheDir } from '../../../server/src/embedded/mongod-cache.ts';
import { findTestMongod, startTestReplicaSet } from '../../support/mongod.ts';

describe('the embedded database', () => {
  it('keeps its data in DATA_DIR/mongo, and can be written to when it has started again', async () => {
    const options = {
      dataDir: await mkdtemp(join(tmpdir(), 'tocsin-data-')),
      mongodBinary: await findTestMongod(),
      cacheDir: defaultCacheDir(process.env['XDG_CACHE_HOME']),
      report: () => {},
    };
    try {
      const first = await startEmbeddedDatabase(options);
      {
        await using client = new MongoClient(first.uri);
        await client.db('tocsin').collection('notes').insertOne({ text: 'kept' });
      }
      await first.stop();
      expect((await stat(join(options.dataDir, 'mongo'))).isDirectory()).toBe(true);

      await using again = await startEmbeddedDatabase(options);
      await using client = new MongoClient(again.uri);
      expect(client.db().databaseName).toBe('tocsin');
      const notes = client.db().collection('notes');
      // A start that returns before there is a primary would refuse the write.
      await notes.insertOne({ text: 'writable' });
      expect(await notes.distinct('text')).toEqual(['kept', 'writable']);
    } finally {
      await rm(options.dataDir, { recursive: true, force: true });
    }
  });
});

describe('the replica set for tests', () => {
  it('elects another primary when one is killed, and takes it back', async () => {
    await using set = await startTestReplicaSet({ members: 3 });
    await using client = new MongoClient(set.uri);
    const notes = client.db('kept').collection('notes');
    await notes.insertOne({ text: 'before' }, { writeConcern: { w: 'majority' } });

    const first = await set.primary();
    await first.kill();
    const second = await set.primary();
    await notes.insertOne({ text: 'after' }, { writeConcern: { w: 'majority' } });
    await first.restart();
    await notes.insertOne({ text: 'with all' }, { writeConcern: { w: 3 } });

    expect(second.port).not.toBe(first.port);
    expect(await notes.countDocuments()).toBe(3);
  }, 180_000);
});
