import { randomBytes } from 'node:crypto';
import { MongoClient, type ClientSession } from 'mongodb';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  mongoOutboxStore,
  outboxStoreCases,
  type OutboxTestBench,
} from '../../../client/src/outbox/index.ts';

let client: MongoClient;

beforeAll(() => void (client = new MongoClient(inject('mongoUri'))));
afterAll(() => client.close());

async function openBench(): Promise<OutboxTestBench<ClientSession>> {
  const store = mongoOutboxStore(client.db(`outbox_${randomBytes(6).toString('hex')}`));
  await store.setUp();
  return {
    store,
    transact: async (work) => client.withSession((session) => session.withTransaction(() => work(session))),
  };
}

describe('the store of an outbox in MongoDB', () => {
  it.each(outboxStoreCases)('$name', async ({ run }) => {
    await run(await openBench());
  });

  it('refuses an event outside of a transaction', async () => {
    const { store } = await openBench();
    const event = { id: 'obx_1', appId: 'a', type: 't', text: '{}' };
    const insert = client.withSession((session) => store.insert(event, session));
    await expect(insert).rejects.toThrow('session: has no open transaction');
  });

  it('tells of committed events only', async () => {
    const { store, transact } = await openBench();
    const seen: string[] = [];
    const opened: true[] = [];
    const stop = new AbortController();
    const watching = store.watch?.(
      (appId) => void seen.push(appId),
      stop.signal,
      () => void opened.push(true),
    );
    let number = 0;
    await expect
      .poll(async () => {
        await transact((session) =>
          store.insert({ id: `obx_${++number}`, appId: 'committed', type: 't', text: '{}' }, session),
        );
        await transact(async (session) => {
          await store.insert({ id: 'obx_x', appId: 'aborted', type: 't', text: '{}' }, session);
          throw new Error('aborted');
        }).catch(() => undefined);
        return seen.length;
      })
      .toBeGreaterThan(2);
    stop.abort();
    await watching;
    expect(new Set(seen)).toEqual(new Set(['committed']));
    expect(opened).toEqual([true]);
  });

  it('leaves no lock on the lease if the process is killed while it stores outcomes', async () => {
    const name = `outbox_${randomBytes(6).toString('hex')}`;
    await using killed = new MongoClient(inject('mongoUri'), { monitorCommands: true });
    const commands: object[] = [];
    killed.on('commandStarted', ({ command }: { readonly command: object }) => void commands.push(command));
    const store = mongoOutboxStore(killed.db(name));
    await store.setUp();
    const fence = (await store.takeLease('one', 60_000)) ?? 0;
    commands.length = 0;
    expect(await store.settle({ published: ['obx_1'], refused: [] }, fence)).toBe(true);
    expect(commands.length).toBeGreaterThan(0);
    // The locks of an open transaction outlast its process by a minute and longer.
    expect(commands.filter((command) => 'startTransaction' in command)).toEqual([]);
  });

  it('finds apps and their events by its index', async () => {
    const name = `outbox_${randomBytes(6).toString('hex')}`;
    const store = mongoOutboxStore(client.db(name));
    await store.setUp();
    await client.withSession((session) =>
      session.withTransaction(async () => {
        for (let index = 0; index < 200; index++) {
          const event = { id: `obx_${index}`, appId: `app_${index % 4}`, type: 't', text: '{}' };
          await store.insert(event, session);
        }
      }),
    );
    const db = client.db(name);
    await db.command({ profile: 2 });
    expect(await store.listApps(10, undefined)).toHaveLength(4);
    expect(await store.loadEvents('app_1', 10)).toHaveLength(10);
    await db.command({ profile: 0 });
    const profiles = await db
      .collection('system.profile')
      .find({ ns: `${name}.tocsin_outbox` })
      .toArray();
    const looked = profiles.map(({ command, docsExamined, keysExamined }) => ({
      what: 'aggregate' in command ? 'apps' : 'events',
      docs: docsExamined <= 10,
      keys: keysExamined <= 12,
    }));
    expect(looked).toEqual([
      { what: 'apps', docs: true, keys: true },
      { what: 'events', docs: true, keys: true },
    ]);
  });
});
