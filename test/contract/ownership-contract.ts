import { describe, expect, it } from 'vitest';
import { partitionCount } from '../../server/src/domain/partition.ts';
import type {
  PartitionClaim,
  PartitionRecord,
  PartitionStore,
  ProcessStore,
} from '../../server/src/domain/ports/ownership.ts';
import { aProcess } from '../support/builders.ts';

export interface OwnershipHarness extends AsyncDisposable {
  readonly processes: ProcessStore;
  readonly partitions: PartitionStore;
  /** The stores of another process on the same database. */
  openAnother(): Promise<OwnershipHarness>;
}

const free = (partition: number, epoch = 0): PartitionClaim => ({ partition, owner: null, epoch });
const all = Array.from({ length: partitionCount }, (_, partition) => partition);
const hourMs = 3_600_000;

/** The records of some partitions. */
async function readSome(store: PartitionStore, ...wanted: number[]): Promise<PartitionRecord[]> {
  const { partitions } = await store.read();
  return wanted.flatMap((partition) => partitions[partition] ?? []);
}

/** The leases of processes and the owners of partitions. A function, so that another store can run the same suite. */
export function ownershipContract(name: string, open: () => Promise<OwnershipHarness>): void {
  leaseContract(name, open);
  partitionContract(name, open);
}

function leaseContract(name: string, open: () => Promise<OwnershipHarness>): void {
  describe(`${name}: a lease`, () => {
    it('lasts for a time by the clock of the database, from each heartbeat', async () => {
      await using h = await open();
      await h.processes.register('a', aProcess({ instance: '$x', sends: false }), hourMs, 0);
      const first = await h.partitions.read();
      expect(first.processes).toEqual([
        {
          id: 'a',
          instance: '$x',
          host: 'host',
          pidNamespace: 'namespace',
          pid: 1,
          pidStart: '100',
          sends: false,
          state: 'live',
          until: first.processes[0]?.until,
          beats: 0,
          changeSeen: 0,
        },
      ]);
      const until = first.processes[0]?.until ?? 0;
      expect(until).toBeGreaterThan(first.now + hourMs - 60_000);
      expect(until).toBeLessThanOrEqual(first.now + hourMs);
      expect(await h.processes.heartbeat('a', 2 * hourMs, 0)).toBe(true);
      expect((await h.partitions.read()).processes[0]?.until).toBeGreaterThan(until + hourMs / 2);
    });

    it('cannot be registered twice, so that a fenced id stays fenced', async () => {
      await using h = await open();
      await h.processes.register('a', aProcess(), hourMs, 0);
      await expect(h.processes.register('a', aProcess(), hourMs, 0)).rejects.toThrow('duplicate key');
      expect(await h.processes.fence('unknown', undefined)).toBe(true);
      await expect(h.processes.register('unknown', aProcess(), hourMs, 0)).rejects.toThrow('duplicate key');
    });

    it('is ended by a fence that has seen the last heartbeat, and by no other', async () => {
      await using h = await open();
      for (const id of ['a', 'b']) await h.processes.register(id, aProcess(), hourMs, 0);
      expect(await h.processes.heartbeat('a', hourMs, 0)).toBe(true);
      expect((await h.partitions.read()).processes.map(({ id, beats }) => `${id} ${beats}`).sort()).toEqual([
        'a 1',
        'b 0',
      ]);
      expect(await h.processes.fence('a', 0)).toBe(false);
      expect(await h.processes.fence('b', 0)).toBe(true);
      expect(await h.processes.fence('b', 0)).toBe(false);
      expect(await h.processes.heartbeat('a', hourMs, 0)).toBe(true);
      expect(await h.processes.heartbeat('b', hourMs, 0)).toBe(false);
      expect(await h.processes.fence('a', 2)).toBe(true);
      const states = (await h.partitions.read()).processes.map(({ state }) => state);
      expect(states).toEqual(['fenced', 'fenced']);
    });

    it('is either fenced or extended when both race', async () => {
      await using h = await open();
      const ids = Array.from({ length: 20 }, (_, index) => `p${index}`);
      for (const id of ids) await h.processes.register(id, aProcess(), -1, 0);
      const results = await Promise.all(
        ids.map((id) => Promise.all([h.processes.heartbeat(id, hourMs, 0), h.processes.fence(id, 0)])),
      );
      for (const [isExtended, isFenced] of results) expect(isExtended).toBe(!isFenced);
    });

    it('of a process that has certainly exited is fenced whatever its heartbeats', async () => {
      await using h = await open();
      await h.processes.register('a', aProcess(), hourMs, 0);
      await h.processes.heartbeat('a', hourMs, 0);
      expect(await h.processes.fence('a', undefined)).toBe(true);
      expect(await h.processes.fence('a', undefined)).toBe(false);
      expect(await h.processes.heartbeat('a', hourMs, 0)).toBe(false);
      expect(await h.processes.fence('absent', 0)).toBe(false);
    });

    it('continues while the process drains, and ends with its removal', async () => {
      await using h = await open();
      await h.processes.register('a', aProcess(), hourMs, 0);
      await h.processes.startDraining('a');
      expect(await h.processes.heartbeat('a', hourMs, 0)).toBe(true);
      expect((await h.partitions.read()).processes[0]?.state).toBe('draining');
      await h.processes.remove('a');
      expect(await h.processes.heartbeat('a', hourMs, 0)).toBe(false);
      expect((await h.partitions.read()).processes).toEqual([]);
    });
  });

  it(`${name}: keeps the highest change that a process has seen`, async () => {
    await using h = await open();
    await h.processes.register('a', aProcess(), hourMs, 2);
    const read = async () => (await h.partitions.read()).processes[0]?.changeSeen;
    expect(await read()).toBe(2);
    await h.processes.reportChangeSeen('a', 5);
    await h.processes.heartbeat('a', hourMs, 3);
    expect(await read()).toBe(5);
    await h.processes.heartbeat('a', hourMs, 8);
    await h.processes.reportChangeSeen('a', 7);
    expect(await read()).toBe(8);
  });

  it(`${name}: removes fenced processes only`, async () => {
    await using h = await open();
    for (const id of ['a', 'b']) await h.processes.register(id, aProcess(), hourMs, 0);
    await h.processes.fence('b', undefined);
    await h.processes.removeFenced(['a', 'b']);
    expect((await h.partitions.read()).processes.map(({ id }) => id)).toEqual(['a']);
  });
}

function partitionContract(name: string, open: () => Promise<OwnershipHarness>): void {
  describe(`${name}: partitions`, () => {
    it('are free until they are taken, all of them in one call', async () => {
      await using h = await open();
      await h.processes.register('a', aProcess(), hourMs, 0);
      expect((await h.partitions.read()).partitions).toEqual(
        all.map((partition) => ({ partition, owner: null, epoch: 0, wanted: null })),
      );
      expect(
        await h.partitions.take(
          all.map((partition) => free(partition)),
          'a',
        ),
      ).toEqual(all);
      expect((await h.partitions.read()).partitions).toEqual(
        all.map((partition) => ({ partition, owner: 'a', epoch: 1, wanted: null })),
      );
    });

    it('have one owner each when two processes take all of them', async () => {
      await using one = await open();
      await using two = await one.openAnother();
      const claims = all.map((partition) => free(partition));
      // The documents of some exist already.
      await one.partitions.take(claims.slice(0, 60), 'before');
      await one.partitions.releaseAll('before');
      const seen = (await one.partitions.read()).partitions;
      const [a, b] = await Promise.all([
        one.partitions.take(seen, 'a'),
        two.partitions.take([...seen].reverse(), 'b'),
      ]);
      expect([...a, ...b].sort((x, y) => x - y)).toEqual(all);
      const { partitions } = await one.partitions.read();
      for (const { partition, owner } of partitions) expect(owner).toBe(a.includes(partition) ? 'a' : 'b');
    });

    it('are taken and handed over only from the owner and the epoch that were seen', async () => {
      await using h = await open();
      await h.partitions.take([free(1), free(2)], 'a');
      await h.partitions.handOver([{ partition: 2, owner: 'a', epoch: 1, newOwner: 'b' }]);
      const stale = [free(1), free(2), { partition: 2, owner: 'a', epoch: 1 }, free(3)];
      expect(await h.partitions.take(stale, 'c')).toEqual([3]);
      await h.partitions.handOver([
        { partition: 1, owner: 'a', epoch: 2, newOwner: 'c' },
        { partition: 1, owner: 'b', epoch: 1, newOwner: 'c' },
      ]);
      expect(await readSome(h.partitions, 1, 2, 3)).toEqual([
        { partition: 1, owner: 'a', epoch: 1, wanted: null },
        { partition: 2, owner: 'b', epoch: 2, wanted: null },
        { partition: 3, owner: 'c', epoch: 1, wanted: null },
      ]);
    });

    it('have an epoch that every change of the owner raises', async () => {
      await using h = await open();
      const epochs: number[] = [];
      const note = async () => epochs.push((await readSome(h.partitions, 7))[0]?.epoch ?? -1);
      await h.partitions.take([free(7)], 'a');
      await note();
      await h.partitions.take([{ partition: 7, owner: 'a', epoch: 1 }], 'a');
      await note();
      await h.partitions.handOver([{ partition: 7, owner: 'a', epoch: 2, newOwner: null }]);
      await note();
      await h.partitions.take([free(7, 3)], 'b');
      await note();
      await h.partitions.releaseAll('b');
      await note();
      expect(epochs).toEqual([1, 2, 3, 4, 5]);
    });

    it('are asked for by one process, until their owner changes', async () => {
      await using h = await open();
      await h.partitions.take([free(1), free(2)], 'a');
      const seen = await readSome(h.partitions, 1, 2);
      await h.partitions.setWanted(seen, 'b');
      await h.partitions.setWanted(seen, 'c');
      expect((await readSome(h.partitions, 1, 2)).map(({ wanted }) => wanted)).toEqual(['b', 'b']);
      await h.partitions.setWanted(await readSome(h.partitions, 1), null);
      await h.partitions.handOver([{ partition: 2, owner: 'a', epoch: 1, newOwner: 'b' }]);
      expect((await readSome(h.partitions, 1, 2)).map(({ wanted }) => wanted)).toEqual([null, null]);
    });

    it('of one process are freed together, and no others', async () => {
      await using h = await open();
      await h.partitions.take([free(1), free(2)], 'a');
      await h.partitions.take([free(3)], 'b');
      await h.partitions.releaseAll('a');
      expect((await readSome(h.partitions, 1, 2, 3)).map(({ owner }) => owner)).toEqual([null, null, 'b']);
    });
  });
}
