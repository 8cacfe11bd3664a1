import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../server/src/batching/fair-queue.ts';

interface Item {
  readonly owner: string;
  readonly bytes: number;
  readonly name?: string;
}

function queueOf({ maxBatchItems = 10, maxBatchBytes = 1_000, maxItems = 1_000, maxBytes = 100_000 } = {}) {
  return new FairQueue<Item>({
    getOwner: ({ owner }) => owner,
    measures: [
      { weigh: () => 1, maxBatch: maxBatchItems, maxWaiting: maxItems },
      { weigh: ({ bytes }) => bytes, maxBatch: maxBatchBytes, maxWaiting: maxBytes },
    ],
  });
}

const item = (owner: string, bytes = 1, name = owner): Item => ({ owner, bytes, name });
const repeat = (count: number, make: () => Item): Item[] => Array.from({ length: count }, make);

function addAll(queue: FairQueue<Item>, items: readonly Item[]): number {
  return items.filter((one) => queue.add(one)).length;
}

function takeAll(queue: FairQueue<Item>): Item[][] {
  const batches: Item[][] = [];
  while (queue.size > 0) batches.push(queue.takeBatch());
  return batches;
}

describe('batches', () => {
  it('have the items in order while they fit into one', () => {
    const queue = queueOf();
    addAll(queue, [item('a', 1, 'first'), item('b', 1, 'second'), item('a', 1, 'third')]);
    expect(queue.takeBatch().map(({ name }) => name)).toEqual(['first', 'second', 'third']);
    expect([queue.size, queue.waiting]).toEqual([0, [0, 0]]);
  });

  it('end before the item that exceeds the number or the bytes', () => {
    const byNumber = queueOf({ maxBatchItems: 4 });
    addAll(
      byNumber,
      repeat(6, () => item('a')),
    );
    expect(takeAll(byNumber).map((batch) => batch.length)).toEqual([4, 2]);
    const byBytes = queueOf();
    addAll(byBytes, [item('a', 600), item('a', 400), item('a', 1), item('a', 999)]);
    expect(takeAll(byBytes).map((batch) => batch.map(({ bytes }) => bytes))).toEqual([
      [600, 400],
      [1, 999],
    ]);
  });

  it('consist of one item if it is above a limit by itself', () => {
    const queue = queueOf();
    addAll(queue, [item('a', 1), item('a', 5_000), item('a', 2)]);
    expect(takeAll(queue).map((batch) => batch.map(({ bytes }) => bytes))).toEqual([[1], [5_000], [2]]);
  });

  it('are full at a limit, and not before', () => {
    const queue = queueOf({ maxBatchItems: 2 });
    queue.add(item('a', 999));
    expect(queue.isBatchFull).toBe(false);
    queue.add(item('a', 1));
    expect(queue.isBatchFull).toBe(true);
    queue.takeBatch();
    expect(queue.isBatchFull).toBe(false);
    queue.add(item('a', 1_000));
    expect(queue.isBatchFull).toBe(true);
  });
});

describe('turns', () => {
  it('take an owner with few items past a backlog of another one', () => {
    const queue = queueOf({ maxBatchItems: 20 });
    addAll(
      queue,
      repeat(300, () => item('busy')),
    );
    addAll(queue, [item('calm', 1, 'x'), item('calm', 1, 'y')]);
    expect(queue.takeBatch().filter(({ owner }) => owner === 'calm')).toHaveLength(2);
  });

  it('share each batch among owners by size, not by number', () => {
    const queue = queueOf({ maxBatchItems: 1_000, maxBatchBytes: 1_000 });
    addAll(queue, [...repeat(100, () => item('large', 50)), ...repeat(2_000, () => item('small', 1))]);
    const batch = queue.takeBatch();
    const bytesOf = (owner: string) =>
      batch.filter((one) => one.owner === owner).reduce((sum, { bytes }) => sum + bytes, 0);
    // Up to one turn more or less.
    expect(Math.abs(bytesOf('large') - bytesOf('small'))).toBeLessThanOrEqual(100);
  });

  it('make up for an item larger than a batch', () => {
    const queue = queueOf({ maxBatchItems: 100, maxBatchBytes: 100, maxBytes: 1_000_000 });
    addAll(queue, [...repeat(3, () => item('huge', 400)), ...repeat(500, () => item('small', 1))]);
    const owners = takeAll(queue).map((batch) => batch[0]?.owner);
    // It is worth four batches of the other owner.
    expect(owners[0]).toBe('huge');
    expect([5, 6]).toContain(owners.indexOf('huge', 1));
  });

  it('resume where a full batch ended them', () => {
    const queue = queueOf({ maxBatchItems: 2 });
    addAll(
      queue,
      ['a', 'b', 'c', 'd'].flatMap((owner) => [item(owner), item(owner)]),
    );
    expect(takeAll(queue).map((batch) => batch.map(({ owner }) => owner).join(''))).toEqual([
      'ab',
      'cd',
      'ab',
      'cd',
    ]);
  });

  it('begin again for an owner whose items were removed in the middle of its turn', () => {
    const queue = queueOf({ maxBatchItems: 2 });
    addAll(
      queue,
      repeat(3, () => item('a')),
    );
    queue.takeBatch();
    expect(queue.removeWhere(() => true)).toHaveLength(1);
    addAll(
      queue,
      repeat(3, () => item('a', 1, 'again')),
    );
    expect(queue.takeBatch()).toHaveLength(2);
    expect(queue.peekBacklog('a')?.name).toBe('again');
  });

  it('go on after a removal that leaves the interrupted owner its items', () => {
    const queue = queueOf({ maxBatchItems: 2 });
    addAll(
      queue,
      repeat(5, () => item('a')),
    );
    queue.takeBatch();
    expect(queue.removeWhere(() => false)).toEqual([]);
    expect(takeAll(queue).map((batch) => batch.length)).toEqual([2, 1]);
  });

  it('leave an owner its place after a removal of some or all of its items', () => {
    const queue = queueOf({ maxBatchItems: 2 });
    addAll(queue, [item('a', 1, 'first'), item('a', 1, 'second'), ...repeat(6, () => item('b'))]);
    queue.removeWhere(({ name }) => name === 'first');
    expect(queue.peekBacklog('a')?.name).toBe('second');
    queue.removeWhere(({ owner }) => owner === 'a');
    expect(queue.peekBacklog('a')).toBeUndefined();
    addAll(
      queue,
      repeat(4, () => item('a', 1, 'again')),
    );
    expect(queue.takeBatch()).toHaveLength(2);
    expect(queue.peekBacklog('a')?.name).toBe('again');
    expect(takeAll(queue).flat()).toHaveLength(8);
    expect(queue.waiting).toEqual([0, 0]);
  });

  it('give no credit for the time without items', () => {
    const queue = queueOf({ maxBatchItems: 2 });
    for (let round = 0; round < 50; round++) {
      addAll(queue, [item('a'), item('b'), item('b')]);
      takeAll(queue);
    }
    addAll(queue, [...repeat(3, () => item('a')), ...repeat(3, () => item('b'))]);
    expect(queue.takeBatch().map(({ owner }) => owner)).toEqual(['a', 'b']);
  });
});

describe('capacity', () => {
  it('is a half for one owner alone, by number and by bytes', () => {
    expect(
      addAll(
        queueOf({ maxItems: 100 }),
        repeat(200, () => item('a')),
      ),
    ).toBe(50);
    expect(
      addAll(
        queueOf({ maxBytes: 10_000 }),
        repeat(200, () => item('a', 100)),
      ),
    ).toBe(50);
  });

  it('can be used to the last item that was free before', () => {
    expect(
      addAll(
        queueOf({ maxItems: 3 }),
        repeat(3, () => item('a')),
      ),
    ).toBe(2);
  });

  it('stays open to other owners however much one adds', () => {
    const queue = queueOf({ maxItems: 100 });
    addAll(
      queue,
      repeat(500, () => item('hog')),
    );
    expect(
      addAll(
        queue,
        repeat(500, () => item('second')),
      ),
    ).toBe(25);
    expect(queue.add(item('third'))).toBe(true);
    expect(queue.add(item('hog'))).toBe(false);
  });

  it('is given back when items are taken', () => {
    const queue = queueOf({ maxItems: 100 });
    addAll(
      queue,
      repeat(50, () => item('a')),
    );
    expect(queue.add(item('a'))).toBe(false);
    queue.takeBatch();
    expect(queue.add(item('a'))).toBe(true);
  });
});

it('knows the oldest item of each owner in a backlog', () => {
  const queue = queueOf({ maxBatchItems: 2 });
  addAll(queue, [item('a', 1, 'first'), item('b', 1, 'of b'), item('a', 1, 'last')]);
  expect(queue.peekBacklog('a')?.name).toBe('first');
  expect(queue.peekBacklog('b')?.name).toBe('of b');
  expect(queue.peekBacklog('c')).toBeUndefined();
  queue.takeBatch();
  expect(queue.peekBacklog('a')?.name).toBe('last');
  expect(queue.peekBacklog('b')).toBeUndefined();
});

it('loses, repeats and reorders nothing, and counts right, for any use', () => {
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.record({ owner: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat(40) }) },
    { weight: 2, arbitrary: fc.constant('take' as const) },
    { weight: 1, arbitrary: fc.record({ removedAbove: fc.nat(40) }) },
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const queue = queueOf({ maxBatchItems: 4, maxBatchBytes: 60, maxItems: 30, maxBytes: 400 });
      let model: Item[] = [];
      let count = 0;
      const take = () => {
        const batch = queue.takeBatch();
        expect(batch.length).toBe(Math.min(batch.length, 4));
        if (batch.length > 1)
          expect(batch.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(60);
        expect(batch.length === 0).toBe(model.length === 0);
        for (const owner of ['a', 'b', 'c']) {
          const taken = batch.filter((one) => one.owner === owner);
          expect(taken).toEqual(model.filter((one) => one.owner === owner).slice(0, taken.length));
        }
        model = model.filter((one) => !batch.includes(one));
      };
      for (const one of commands) {
        if (one === 'take') take();
        else if ('removedAbove' in one) {
          const isRemoved = ({ bytes }: Item) => bytes > one.removedAbove;
          expect(new Set(queue.removeWhere(isRemoved))).toEqual(new Set(model.filter(isRemoved)));
          model = model.filter((kept) => !isRemoved(kept));
        } else {
          const added = { ...one, name: String(count++) };
          if (queue.add(added)) model.push(added);
        }
        const bytes = model.reduce((sum, kept) => sum + kept.bytes, 0);
        expect([queue.size, queue.waiting]).toEqual([model.length, [model.length, bytes]]);
      }
      while (model.length > 0) take();
      expect([queue.size, queue.waiting]).toEqual([0, [0, 0]]);
    }),
  );
});

describe('a blocked item', () => {
  const names = (batch: readonly Item[]) => batch.map(({ name }) => name);

  it('waits with the later items of its owner, while the others are taken', () => {
    const blocked = new Set(['a2']);
    const queue = new FairQueue<Item>({
      getOwner: ({ owner }) => owner,
      measures: [{ weigh: () => 1, maxBatch: 10, maxWaiting: 100 }],
      isBlocked: ({ name = '' }) => blocked.has(name),
    });
    addAll(queue, [item('a', 1, 'a1'), item('a', 1, 'a2'), item('a', 1, 'a3'), item('b', 1, 'b1')]);
    expect(new Set(names(queue.takeBatch()))).toEqual(new Set(['a1', 'b1']));
    expect([queue.takeBatch(), queue.size]).toEqual([[], 2]);
    addAll(queue, [item('b', 1, 'b2')]);
    expect(names(queue.takeBatch())).toEqual(['b2']);
    blocked.clear();
    expect(names(queue.takeBatch())).toEqual(['a2', 'a3']);
    expect([queue.size, queue.waiting]).toEqual([0, [0]]);
  });
});
