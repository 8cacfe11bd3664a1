import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planShare, type SharePlan } from '../../../../server/src/delivery/ownership/share-out.ts';
import type {
  OwnershipView,
  PartitionRecord,
  ProcessRecord,
} from '../../../../server/src/domain/ports/ownership.ts';
import { aProcessRecord, aView } from '../../../support/builders.ts';

const live = (...ids: string[]) => ids.map((id) => aProcessRecord({ id }));
const none: ReadonlySet<string> = new Set();

function plan(
  view: OwnershipView,
  id = 'a',
  change: Partial<Parameters<typeof planShare>[1]> = {},
): SharePlan {
  return planShare(view, { id, canOwn: true, isHeld: () => true, fenced: none, ...change });
}

const partitionsOf = (records: readonly { partition: number }[]) =>
  records.map(({ partition }) => partition).sort((x, y) => x - y);
const nothing: SharePlan = { take: [], want: [], offer: [], reject: [] };

/** A view with these owners, and with requests by partition. */
function viewOf(
  processes: readonly ProcessRecord[],
  owners: readonly (string | null)[],
  wanted: Readonly<Record<number, string>> = {},
): OwnershipView {
  const view = aView({ processes }, owners);
  const partitions = view.partitions.map((record) => ({
    ...record,
    wanted: wanted[record.partition] ?? null,
  }));
  return { ...view, partitions };
}

describe('a sender takes', () => {
  it('all partitions if it is alone, with the epochs that it saw', () => {
    const view = viewOf(live('a'), [null, null, null]);
    const { take, ...rest } = plan(view);
    expect(partitionsOf(take)).toEqual([0, 1, 2]);
    expect(take).toContainEqual(view.partitions[1]);
    expect(rest).toEqual({ want: [], offer: [], reject: [] });
  });

  it('free ones up to its share of the live senders', () => {
    const view = viewOf(live('a', 'b'), ['a', null, null, null, null]);
    expect(plan(view).take).toHaveLength(2);
    expect(plan(view).want).toEqual([]);
  });

  it('those of fenced processes, seen or fenced by itself', () => {
    const fenced = aProcessRecord({ id: 'x', state: 'fenced' });
    const view = viewOf([...live('a', 'y'), fenced], ['a', 'x', 'y', 'y']);
    expect(partitionsOf(plan(view).take)).toEqual([1]);
    expect(partitionsOf(plan(view, 'a', { fenced: new Set(['y']) }).take)).toEqual([1, 2, 3]);
  });

  it('none of a process whose lease has only expired', () => {
    const expired = aProcessRecord({ id: 'x', until: 0 });
    const view = viewOf([...live('a'), expired], ['x', 'x']);
    expect(plan(view)).toEqual(nothing);
  });

  it('again what it owns without knowing it, also beyond its share', () => {
    const view = viewOf(live('a', 'b'), ['a', 'a', 'b']);
    expect(partitionsOf(plan(view, 'a', { isHeld: (partition) => partition === 0 }).take)).toEqual([1]);
  });

  it('its share if the view was read before it was registered', () => {
    expect(plan(viewOf(live('b'), [null, null, null, null])).take).toHaveLength(2);
  });

  it('others first than another process does', () => {
    const view = viewOf(
      live('a', 'b'),
      Array.from({ length: 8 }, () => null),
    );
    expect(partitionsOf(plan(view).take)).not.toEqual(partitionsOf(plan(view, 'b').take));
  });

  it('from a place of its own, which long ids spread over all partitions', () => {
    const free = viewOf(
      [],
      Array.from({ length: 128 }, () => null),
    );
    const first = (id: string) =>
      planShare(free, { id, canOwn: true, isHeld: () => true, fenced: none }).take[0];
    const starts = Array.from(
      { length: 200 },
      (_, index) => first(`proc_0123456789abcdef${index}`)?.partition,
    );
    expect(new Set(starts).size).toBeGreaterThan(64);
  });

  it('nothing if it cannot own partitions', () => {
    const view = viewOf(live('a'), [null, 'a', 'b'], { 1: 'b' });
    expect(plan(view, 'a', { canOwn: false })).toEqual(nothing);
  });
});

describe('equal shares do not count', () => {
  const others = {
    draining: aProcessRecord({ id: 'x', state: 'draining' }),
    'without deliveries': aProcessRecord({ id: 'x', sends: false }),
    expired: aProcessRecord({ id: 'x', until: 0 }),
    'expiring at this moment': aProcessRecord({ id: 'x', until: 1_000 }),
  };
  for (const [name, process] of Object.entries(others)) {
    it(`a process that is ${name}`, () => {
      expect(plan(viewOf([...live('a'), process], [null, null])).take).toHaveLength(2);
    });
  }

  it('a process that was fenced since the view was read', () => {
    const view = viewOf(live('a', 'x'), [null, null]);
    expect(plan(view, 'a', { fenced: new Set(['x']) }).take).toHaveLength(2);
  });
});

describe('a sender asks', () => {
  it('the fullest for as many as make both even', () => {
    const view = viewOf(live('a', 'b', 'c'), ['b', 'b', 'b', 'b', 'c', 'c']);
    const { want } = plan(view);
    expect(want).toHaveLength(2);
    for (const { owner } of want) expect(owner).toBe('b');
  });

  it('for what free ones do not suffice for', () => {
    const view = viewOf(live('a', 'b'), [null, 'b', 'b', 'b', 'b']);
    expect(plan(view)).toMatchObject({ take: [{ partition: 0 }], want: [{}] });
    const more = viewOf(live('a', 'b'), [null, null, null, null, 'b', 'b', 'b', 'b']);
    expect(plan(more).want).toEqual([]);
  });

  it('nothing for a difference of one', () => {
    expect(plan(viewOf(live('a', 'b'), ['a', 'b', 'b']))).toEqual(nothing);
  });

  it('counting what was asked for already, by itself and by others', () => {
    const view = viewOf(live('a', 'b'), ['b', 'b', 'b', 'b'], { 0: 'a', 1: 'a' });
    expect(plan(view).want).toEqual([]);
    const third = viewOf(live('a', 'b', 'c'), ['b', 'b', 'b', 'b', 'b', 'b'], { 0: 'c', 1: 'c' });
    expect(partitionsOf(plan(third).want)).toHaveLength(2);
    for (const { wanted } of plan(third).want) expect(wanted).toBeNull();
  });

  it('a sender for what it has, and the next one for the rest', () => {
    // b has asked c for so many that it will be the fullest, but has one to give now.
    const view = viewOf(live('a', 'b', 'c'), ['b', ...Array.from({ length: 9 }, () => 'c')], {
      1: 'b',
      2: 'b',
      3: 'b',
      4: 'b',
      5: 'b',
    });
    const { want } = plan(view);
    expect(want.map(({ owner }) => owner)).toEqual(['b', 'c']);
  });

  it('nothing of a sender that is about to hand over as many', () => {
    const view = viewOf(live('a', 'b', 'c'), ['a', 'b', 'b', 'b', 'b'], { 1: 'c', 2: 'c' });
    expect(plan(view).want).toEqual([]);
  });

  it('for its share and no more, so that others find theirs', () => {
    const view = viewOf(
      live('a', 'b', 'c'),
      Array.from({ length: 10 }, () => 'b'),
    );
    expect(plan(view).want).toHaveLength(4);
  });

  it('for what a process asks for that is gone', () => {
    const view = viewOf(live('a', 'b'), ['b', 'b'], { 0: 'gone', 1: 'gone' });
    expect(plan(view).want).toHaveLength(1);
  });

  it('no process that is about to be fenced', () => {
    const expired = aProcessRecord({ id: 'x', until: 0 });
    expect(plan(viewOf([...live('a'), expired], ['x', 'x', 'x'])).want).toEqual([]);
  });
});

describe('an owner', () => {
  it('hands over what makes the shares more even, and rejects the rest', () => {
    const view = viewOf(live('a', 'b'), ['a', 'a', 'a', 'a'], { 0: 'b', 1: 'b', 2: 'b' });
    const { offer, reject } = plan(view);
    expect(offer).toEqual([
      { partition: 0, newOwner: 'b' },
      { partition: 1, newOwner: 'b' },
    ]);
    expect(partitionsOf(reject)).toEqual([2]);
  });

  it('rejects the requests of processes that are gone', () => {
    const draining = aProcessRecord({ id: 'x', state: 'draining' });
    const view = viewOf([...live('a'), draining], ['a', 'a', 'a', 'a'], { 0: 'x', 1: 'gone' });
    expect(plan(view).offer).toEqual([]);
    expect(partitionsOf(plan(view).reject)).toEqual([0, 1]);
  });

  it('leaves the requests for what it does not know that it owns', () => {
    const view = viewOf(live('a', 'b'), ['a', 'a', 'a', 'a'], { 0: 'b' });
    expect(plan(view, 'a', { isHeld: (partition) => partition !== 0 })).toMatchObject({
      offer: [],
      reject: [],
    });
  });
});

/** Applies plans as the store does. */
function apply(view: OwnershipView, id: string, { take, want, offer, reject }: SharePlan): OwnershipView {
  const partitions = [...view.partitions];
  const change = (partition: number, changed: Partial<PartitionRecord>) => {
    const record = partitions[partition];
    if (record !== undefined) partitions[partition] = { ...record, ...changed };
  };
  for (const { partition } of take) change(partition, { owner: id, wanted: null });
  for (const { partition } of want) change(partition, { wanted: id });
  for (const { partition } of reject) change(partition, { wanted: null });
  for (const { partition, newOwner } of offer) change(partition, { owner: newOwner, wanted: null });
  return { ...view, partitions };
}

it('ends with shares that differ by at most one, after few moves, from any distribution', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const owner = fc.constantFrom(null, ...ids);
  const given = fc.record({
    senders: fc.integer({ min: 1, max: ids.length }),
    partitions: fc.array(fc.record({ owner, wanted: owner }), { minLength: 1, maxLength: 128 }),
  });
  fc.assert(
    fc.property(given, ({ senders, partitions }) => {
      const running = ids.slice(0, senders);
      const gone = ids.slice(senders).map((id) => aProcessRecord({ id, state: 'fenced' }));
      const base = aView(
        { processes: [...live(...running), ...gone] },
        partitions.map(({ owner }) => owner),
      );
      let view: OwnershipView = {
        ...base,
        partitions: base.partitions.map((record, index) => ({
          ...record,
          wanted: partitions[index]?.wanted ?? null,
        })),
      };
      let offers = 0;
      let idle = 0;
      for (let turn = 0; idle < senders; turn++) {
        const id = running[turn % senders] ?? 'a';
        const next = plan(view, id);
        offers += next.offer.length;
        idle = [next.take, next.want, next.reject, next.offer].every((part) => part.length === 0)
          ? idle + 1
          : 0;
        view = apply(view, id, next);
        expect(turn).toBeLessThan(12 * senders);
      }
      const counts = running.map((id) => view.partitions.filter((record) => record.owner === id).length);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(partitions.length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect(offers).toBeLessThanOrEqual(partitions.length);
    }),
  );
});
