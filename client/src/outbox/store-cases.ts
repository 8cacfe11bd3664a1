import type { OutboxEvent, OutboxStore } from './outbox-store.ts';

/** What the cases need of a database. */
export interface OutboxTestBench<TTransaction> {
  /** A store over an empty database, already set up. */
  readonly store: OutboxStore<TTransaction>;
  /** Runs `work` in a transaction: commits it if `work` resolves, and aborts it if `work` rejects. */
  readonly transact: (work: (transaction: TTransaction) => Promise<void>) => Promise<void>;
}

/** One requirement of a store. */
export interface OutboxStoreCase {
  readonly name: string;
  /** Rejects if the store does not meet the requirement. */
  readonly run: <TTransaction>(bench: OutboxTestBench<TTransaction>) => Promise<void>;
}

/**
 * What every store of an outbox has to do, for any test runner.
 *
 * @example
 * it.each(outboxStoreCases)('$name', ({ run }) => run(openMyStore()));
 */
export const outboxStoreCases: readonly OutboxStoreCase[] = [
  {
    name: 'keeps a committed event with its text',
    run: async ({ store, transact }) => {
      await transact((transaction) => store.insert(toEvent('a', 1), transaction));
      same(await store.loadEvents('a', 10), [toEvent('a', 1)]);
    },
  },
  {
    name: 'keeps nothing of an aborted transaction',
    run: async ({ store, transact }) => {
      await transact(async (transaction) => {
        await store.insert(toEvent('a', 1), transaction);
        throw new Error('aborted');
      }).catch(() => undefined);
      same(await store.loadEvents('a', 10), []);
      same(await store.listApps(10, undefined), []);
    },
  },
  {
    name: 'keeps the order of an app, within and between transactions',
    run: async ({ store, transact }) => {
      const numbers = Array.from({ length: 12 }, (_, index) => index);
      for (const number of numbers) {
        await transact(async (transaction) => {
          await store.insert(toEvent('a', number * 2), transaction);
          await store.insert(toEvent('a', number * 2 + 1), transaction);
        });
      }
      const ids = (await store.loadEvents('a', 100)).map(({ id }) => id);
      same(
        ids,
        numbers.flatMap((number) => [toEvent('a', number * 2).id, toEvent('a', number * 2 + 1).id]),
      );
      same(
        (await store.loadEvents('a', 5)).map(({ id }) => id),
        ids.slice(0, 5),
      );
    },
  },
  {
    name: 'lists each app with pending events once, in pages',
    run: async ({ store, transact }) => {
      await transact(async (transaction) => {
        for (const [number, appId] of ['c', 'a', 'b', 'a'].entries()) {
          await store.insert(toEvent(appId, number), transaction);
        }
      });
      same(await store.listApps(2, undefined), ['a', 'b']);
      same(await store.listApps(2, 'b'), ['c']);
      same(await store.listApps(2, 'c'), []);
    },
  },
  {
    name: 'gives the lease to one holder, with a higher fence for the next',
    run: async ({ store }) => {
      const first = required(await store.takeLease('one', 60_000));
      same(await store.takeLease('one', 60_000), first);
      same(await store.takeLease('two', 60_000), undefined);
      await store.endLease(first);
      const second = required(await store.takeLease('two', 1));
      if (!(second > first)) throw new Error(`the fence ${second} is not higher than ${first}`);
      let third: number | undefined;
      for (let tries = 0; tries < 1_000 && third === undefined; tries++) {
        await new Promise<void>((resolve) => void setTimeout(resolve, 5));
        third = await store.takeLease('one', 60_000);
      }
      if (!(required(third) > second)) throw new Error('an expired lease was not given to another holder');
    },
  },
  {
    name: 'removes published events and sets refused ones aside',
    run: async ({ store, transact }) => {
      const fence = required(await store.takeLease('one', 60_000));
      const [first, second, third] = [toEvent('a', 1), toEvent('a', 2), toEvent('a', 3)];
      await transact(async (transaction) => {
        for (const event of [first, second, third]) await store.insert(event, transaction);
      });
      const refused = [{ id: second.id, code: 'INVALID_INPUT', reason: '$data: is wrong' }];
      same(await store.settle({ published: [first.id], refused }, fence), true);
      same(await store.loadEvents('a', 10), [third]);
      const [aside] = await store.listSetAside(10);
      same([aside?.id, aside?.code, aside?.reason], [second.id, 'INVALID_INPUT', '$data: is wrong']);
      const { pending, setAside, oldestPendingAt } = await store.countContent();
      same([pending, setAside, oldestPendingAt instanceof Date], [1, 1, true]);
    },
  },
  {
    name: 'changes nothing for a fence whose lease was taken over',
    run: async ({ store, transact }) => {
      const stale = required(await store.takeLease('one', 60_000));
      await transact((transaction) => store.insert(toEvent('a', 1), transaction));
      await store.endLease(stale);
      await store.takeLease('two', 60_000);
      same(await store.settle({ published: [toEvent('a', 1).id], refused: [] }, stale), false);
      same((await store.loadEvents('a', 10)).length, 1);
    },
  },
  {
    name: 'puts a refused event back, or discards it',
    run: async ({ store, transact }) => {
      const fence = required(await store.takeLease('one', 60_000));
      const events = [toEvent('a', 1), toEvent('a', 2)];
      await transact(async (transaction) => {
        for (const event of events) await store.insert(event, transaction);
      });
      const refused = events.map(({ id }) => ({ id, code: 'X', reason: 'r' }));
      await store.settle({ published: [], refused }, fence);
      same(await store.putBack(events[0]?.id ?? ''), true);
      same(await store.putBack('unknown'), false);
      same(await store.discard(events[1]?.id ?? ''), true);
      same(await store.discard(events[0]?.id ?? ''), false);
      same(await store.loadEvents('a', 10), [events[0]]);
      same(await store.listSetAside(10), []);
    },
  },
];

/** The text has what a database may mistake for its own syntax, and digits that a number cannot hold. */
function toEvent(appId: string, number: number): OutboxEvent {
  const text = `{"event":"$type","data":{"$a.b":"it's","n":12345678901234567890,"number":${number}}}`;
  return { id: `obx_${appId}_${number}`, appId, type: '$type', text };
}

function required(fence: number | undefined): number {
  if (fence === undefined) throw new Error('no lease was given');
  return fence;
}

function same(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`expected ${right}, got ${left}`);
}
