import { beforeEach, describe, expect, it } from 'vitest';
import type { EventTypeWrite } from '../../server/src/domain/ports/event-type-store.ts';
import type { RegisteredEventType } from '../../server/src/domain/registered-event-type.ts';
import { MongoChangeLog } from '../../server/src/store/mongo/changes/change-log.ts';
import { MongoEventTypeStore } from '../../server/src/store/mongo/event-types/event-type-store.ts';
import { anEventType, aVersion } from '../support/builders.ts';
import { clearDatabase, useDatabase } from '../support/fixtures.ts';

const connection = useDatabase('event_types');
let store: MongoEventTypeStore;

beforeEach(async () => {
  await clearDatabase(connection);
  store = new MongoEventTypeStore(connection.collections);
});

const isNew = (type: RegisteredEventType): EventTypeWrite => ({ type, before: undefined });

async function insert(...types: RegisteredEventType[]): Promise<void> {
  for (const type of types) expect(await store.write(type.accountId, [isNew(type)], 5_000)).toBe('written');
}

const toNames = (types: readonly RegisteredEventType[]) => types.map(({ name }) => name);

describe('registered event types', () => {
  it('keep everything that was written', async () => {
    const presentation = {
      title: 'T',
      kind: 'neutral',
      fields: [{ key: 'id', label: 'Id', style: 'id' }],
    } as const;
    const schemaText = '{"type":"object","$defs":{"a.b":{}},"properties":{"$ref":{}}}';
    const versions = [
      aVersion({ schemaText }),
      aVersion({ version: 4, presentation, createdAt: 7, updatedAt: 9 }),
    ];
    const type = anEventType({ versions, createdAt: 5, updatedAt: 9 });
    await insert(type);
    expect(await store.find('acc_a', 'invoice.paid')).toEqual([type]);
    expect(await store.getMany('acc_a', ['invoice.paid', 'none'])).toEqual([type]);
  });

  it('belong to an account or to all; an own one comes first', async () => {
    const own = anEventType();
    const forAll = anEventType({ accountId: null });
    await insert(forAll, own, anEventType({ accountId: 'acc_b', name: 'other' }));
    expect(await store.find('acc_a', 'invoice.paid')).toEqual([own, forAll]);
    expect(await store.find('acc_c', 'invoice.paid')).toEqual([forAll]);
    expect(await store.find('acc_a', 'other')).toEqual([]);
    expect(await store.getMany(null, ['invoice.paid'])).toEqual([forAll]);
  });

  it('are listed by name, by prefix and behind a name, without those of other accounts', async () => {
    const names = ['a', 'invoice', 'invoice-x', 'invoice.a', 'invoice.b.c', 'invoice.paid', 'zone'];
    await insert(...names.map((name) => anEventType({ name })));
    await insert(
      anEventType({ accountId: 'acc_a0', name: 'm' }),
      anEventType({ accountId: null, name: 'b' }),
    );
    const list = async (prefix: string, after?: string, limit = 50) =>
      toNames(await store.list('acc_a', { prefix, after, limit }));
    expect(await list('')).toEqual(names);
    expect(await list('', undefined, 2)).toEqual(['a', 'invoice']);
    expect(await list('', 'invoice.a')).toEqual(['invoice.b.c', 'invoice.paid', 'zone']);
    expect(await list('invoice.')).toEqual(['invoice.a', 'invoice.b.c', 'invoice.paid']);
    expect(await list('invoice.', 'invoice.b.c')).toEqual(['invoice.paid']);
    expect(await list('invoice.', 'a')).toEqual(['invoice.a', 'invoice.b.c', 'invoice.paid']);
    expect(await list('invoice.', 'zone')).toEqual([]);
    expect(await store.listNames('acc_a', { prefix: 'in', after: undefined, limit: 2 })).toEqual([
      'invoice',
      'invoice-x',
    ]);
    expect(await store.listNames(null, { prefix: '', after: undefined, limit: 9 })).toEqual(['b']);
  });

  it('are changed only from the revision that was read, all of a call or none', async () => {
    await insert(anEventType(), anEventType({ name: 'b' }));
    const change = (name: string, before: number): EventTypeWrite => ({
      type: anEventType({ name, updatedAt: 77 }),
      before,
    });
    expect(await store.write('acc_a', [change('invoice.paid', 1), change('b', 2)], 9)).toBe('conflict');
    expect(await store.write('acc_a', [isNew(anEventType({ name: 'c' })), isNew(anEventType())], 9)).toBe(
      'conflict',
    );
    const [unchanged] = await store.find('acc_a', 'invoice.paid');
    expect([unchanged?.updatedAt, unchanged?.revision]).toEqual([0, 1]);
    expect(await store.find('acc_a', 'c')).toEqual([]);
    expect(await store.write('acc_a', [change('invoice.paid', 1), change('b', 1)], 9)).toBe('written');
    expect((await store.find('acc_a', 'b'))[0]).toMatchObject({ updatedAt: 77, revision: 2 });
  });

  it('have a limit by account, which is exact if calls race', async () => {
    await connection.collections.accounts.insertOne({ _id: 'acc_a', name: 'a', createdAt: new Date() });
    const some = (prefix: string) =>
      Array.from({ length: 3 }, (_, n) => isNew(anEventType({ name: `${prefix}.n${n}` })));
    const results = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (prefix) => await store.write('acc_a', some(prefix), 7)),
    );
    expect(results.toSorted()).toEqual(['limit_reached', 'limit_reached', 'written', 'written']);
    expect(await connection.collections.eventTypes.countDocuments()).toBe(6);
    expect(
      await store.write(
        'acc_b',
        some('a').map(({ type }) => isNew({ ...type, accountId: 'acc_b', revision: 1 })),
        7,
      ),
    ).toBe('written');
    expect(await store.write('acc_a', [isNew(anEventType({ name: 'one' }))], 7)).toBe('written');
  });

  it('are in the log of changes, once for each call that changed something', async () => {
    const log = new MongoChangeLog(connection.collections);
    const { seen } = await log.read(undefined);
    await insert(anEventType());
    await store.write('acc_a', [isNew(anEventType())], 9);
    await insert(anEventType({ accountId: null }));
    expect(await store.delete('acc_a', 'invoice.paid')).toBe(true);
    expect(await store.delete('acc_a', 'invoice.paid')).toBe(false);
    const { changes } = await log.read(seen);
    expect(changes).toMatchObject(['acc_a', '*', 'acc_a'].map((id) => ({ collection: 'eventTypes', id })));
    expect(await store.find('acc_a', 'invoice.paid')).toHaveLength(1);
  });
});
