import { describe, expect, it } from 'vitest';
import type { AccountStore } from '../../server/src/domain/ports/access-stores.ts';
import type { ChangeLog } from '../../server/src/domain/ports/change-log.ts';
import type { EventTypeStore, EventTypeWrite } from '../../server/src/domain/ports/event-type-store.ts';
import type { RegisteredEventType } from '../../server/src/domain/registered-event-type.ts';
import { anEventType, aVersion } from '../support/builders.ts';

export interface EventTypesHarness extends AsyncDisposable {
  readonly eventTypes: EventTypeStore;
  readonly accounts: AccountStore;
  readonly changeLog: ChangeLog;
}

const isNew = (type: RegisteredEventType): EventTypeWrite => ({ type, before: undefined });

async function insert(store: EventTypeStore, ...types: RegisteredEventType[]): Promise<void> {
  for (const type of types) expect(await store.write(type.accountId, [isNew(type)], 5_000)).toBe('written');
}

const toNames = (types: readonly RegisteredEventType[]) => types.map(({ name }) => name);

/** How registered event types are stored. A function, so that another store can run the same suite. */
export function eventTypesContract(name: string, open: () => Promise<EventTypesHarness>): void {
  describe(`${name}: registered event types`, () => {
    it('keep everything that was written', async () => {
      await using h = await open();
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
      await insert(h.eventTypes, type);
      expect(await h.eventTypes.find('acc_a', 'invoice.paid')).toEqual([type]);
      expect(await h.eventTypes.getMany('acc_a', ['invoice.paid', 'none'])).toEqual([type]);
    });

    it('belong to an account or to all; an own one comes first', async () => {
      await using h = await open();
      const own = anEventType();
      const forAll = anEventType({ accountId: null });
      await insert(h.eventTypes, forAll, own, anEventType({ accountId: 'acc_b', name: 'other' }));
      expect(await h.eventTypes.find('acc_a', 'invoice.paid')).toEqual([own, forAll]);
      expect(await h.eventTypes.find('acc_c', 'invoice.paid')).toEqual([forAll]);
      expect(await h.eventTypes.find('acc_a', 'other')).toEqual([]);
      expect(await h.eventTypes.getMany(null, ['invoice.paid'])).toEqual([forAll]);
    });

    it('are listed by name, by prefix and behind a name, without those of other accounts', async () => {
      await using h = await open();
      const names = ['a', 'invoice', 'invoice-x', 'invoice.a', 'invoice.b.c', 'invoice.paid', 'zone'];
      await insert(h.eventTypes, ...names.map((name) => anEventType({ name })));
      await insert(
        h.eventTypes,
        anEventType({ accountId: 'acc_a0', name: 'm' }),
        anEventType({ accountId: null, name: 'b' }),
      );
      const list = async (prefix: string, after?: string, limit = 50) =>
        toNames(await h.eventTypes.list('acc_a', { prefix, after, limit }));
      expect(await list('')).toEqual(names);
      expect(await list('', undefined, 2)).toEqual(['a', 'invoice']);
      expect(await list('', 'invoice.a')).toEqual(['invoice.b.c', 'invoice.paid', 'zone']);
      expect(await list('invoice.')).toEqual(['invoice.a', 'invoice.b.c', 'invoice.paid']);
      expect(await list('invoice.', 'invoice.b.c')).toEqual(['invoice.paid']);
      expect(await list('invoice.', 'a')).toEqual(['invoice.a', 'invoice.b.c', 'invoice.paid']);
      expect(await list('invoice.', 'zone')).toEqual([]);
      expect(await h.eventTypes.listNames('acc_a', { prefix: 'in', after: undefined, limit: 2 })).toEqual([
        'invoice',
        'invoice-x',
      ]);
      expect(await h.eventTypes.listNames(null, { prefix: '', after: undefined, limit: 9 })).toEqual(['b']);
    });

    it('are found by a part of their name', async () => {
      await using h = await open();
      await insert(
        h.eventTypes,
        ...['invoice.paid', 'invoice.unpaid', 'order.paid', 'paid-a.b'].map((name) => anEventType({ name })),
      );
      const find = async (search: string, prefix = '') =>
        toNames(await h.eventTypes.list('acc_a', { prefix, search, after: undefined, limit: 9 }));
      expect(await find('paid')).toEqual(['invoice.paid', 'invoice.unpaid', 'order.paid', 'paid-a.b']);
      expect(await find('.paid')).toEqual(['invoice.paid', 'order.paid']);
      expect(await find('-a.')).toEqual(['paid-a.b']);
      expect(await find('paid', 'invoice.')).toEqual(['invoice.paid', 'invoice.unpaid']);
      expect(await find('acc_a')).toEqual([]);
    });

    it('are changed only from the revision that was read, all of a call or none', async () => {
      await using h = await open();
      await insert(h.eventTypes, anEventType(), anEventType({ name: 'b' }));
      const change = (name: string, before: number): EventTypeWrite => ({
        type: anEventType({ name, updatedAt: 77 }),
        before,
      });
      expect(await h.eventTypes.write('acc_a', [change('invoice.paid', 1), change('b', 2)], 9)).toBe(
        'conflict',
      );
      expect(
        await h.eventTypes.write('acc_a', [isNew(anEventType({ name: 'c' })), isNew(anEventType())], 9),
      ).toBe('conflict');
      const [unchanged] = await h.eventTypes.find('acc_a', 'invoice.paid');
      expect([unchanged?.updatedAt, unchanged?.revision]).toEqual([0, 1]);
      expect(await h.eventTypes.find('acc_a', 'c')).toEqual([]);
      expect(await h.eventTypes.write('acc_a', [change('invoice.paid', 1), change('b', 1)], 9)).toBe(
        'written',
      );
      expect((await h.eventTypes.find('acc_a', 'b'))[0]).toMatchObject({ updatedAt: 77, revision: 2 });
    });

    it('have a limit by account, which is exact if calls race', async () => {
      await using h = await open();
      await h.accounts.insert({ id: 'acc_a', name: 'a', createdAt: 1 });
      const some = (prefix: string) =>
        Array.from({ length: 3 }, (_, n) => isNew(anEventType({ name: `${prefix}.n${n}` })));
      const results = await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (prefix) => await h.eventTypes.write('acc_a', some(prefix), 7)),
      );
      expect(results.toSorted()).toEqual(['limit_reached', 'limit_reached', 'written', 'written']);
      expect(await h.eventTypes.list('acc_a', { prefix: '', after: undefined, limit: 9 })).toHaveLength(6);
      expect(
        await h.eventTypes.write(
          'acc_b',
          some('a').map(({ type }) => isNew({ ...type, accountId: 'acc_b', revision: 1 })),
          7,
        ),
      ).toBe('written');
      expect(await h.eventTypes.write('acc_a', [isNew(anEventType({ name: 'one' }))], 7)).toBe('written');
    });

    it('are in the log of changes, once for each call that changed something', async () => {
      await using h = await open();
      const log = h.changeLog;
      const { seen } = await log.read(undefined);
      await insert(h.eventTypes, anEventType());
      await h.eventTypes.write('acc_a', [isNew(anEventType())], 9);
      await insert(h.eventTypes, anEventType({ accountId: null }));
      expect(await h.eventTypes.delete('acc_a', 'invoice.paid')).toBe(true);
      expect(await h.eventTypes.delete('acc_a', 'invoice.paid')).toBe(false);
      const { changes } = await log.read(seen);
      expect(changes).toMatchObject(['acc_a', '*', 'acc_a'].map((id) => ({ collection: 'eventTypes', id })));
      expect(await h.eventTypes.find('acc_a', 'invoice.paid')).toHaveLength(1);
    });
  });
}
