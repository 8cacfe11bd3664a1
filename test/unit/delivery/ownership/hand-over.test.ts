import { describe, expect, it } from 'vitest';
import { all, callsMs, CalmWorld, count } from './simulation/calm-world.ts';
import { heartbeatMs, leaseMs } from './simulation/simulated-process.ts';

describe('a hand-over', () => {
  it('waits until nothing of the partition is in memory, and meanwhile starts nothing', async () => {
    const world = new CalmWorld();
    const asked: number[] = [];
    const owned: boolean[] = [];
    const one = await world.start({
      listener: {
        release: async (partitions) => {
          asked.push(...partitions);
          owned.push(...partitions.map((partition) => one.ownership.owns(partition)));
          return await Promise.resolve([]);
        },
      },
    });
    const two = await world.start();
    await world.run(2 * heartbeatMs);
    expect(count(two)).toBe(0);
    expect(new Set(owned)).toEqual(new Set([false]));
    expect(one.ownership.owned).toEqual(all);
    expect(all.every((partition) => one.ownership.owns(partition))).toBe(true);
    // The wanted ones, and others in their place.
    expect(new Set(asked).size).toBe(all.length);
  });

  it('gives other partitions in the place of busy ones', async () => {
    const world = new CalmWorld();
    const busy = new Set<number>();
    const one = await world.start({
      listener: {
        release: async (partitions) => {
          if (busy.size === 0) for (const partition of partitions) busy.add(partition);
          return await Promise.resolve(partitions.filter((partition) => !busy.has(partition)));
        },
      },
    });
    const two = await world.start();
    await world.run(3 * heartbeatMs);
    expect(one.ownership.owned).toEqual([...busy].sort((a, b) => a - b));
    expect(count(two)).toBe(4);
    expect(world.store.partitions.filter(({ wanted }) => wanted !== null)).toEqual([]);
  });

  it('is repeated if the engine fails', async () => {
    const world = new CalmWorld();
    let calls = 0;
    const one = await world.start({
      listener: {
        release: async (partitions) =>
          ++calls <= 2 ? await Promise.reject(new Error('planned')) : partitions,
      },
    });
    const two = await world.start();
    await world.run(6 * heartbeatMs);
    expect([count(one), count(two)]).toEqual([4, 4]);
  });
});

describe('a stop', () => {
  it('hands over everything and removes the process', async () => {
    const world = new CalmWorld();
    const [one, two] = await world.startMany({}, {});
    one?.stop();
    await world.run(3_000);
    expect(one?.state).toBe('gone');
    expect(one?.ownership.owned).toEqual([]);
    expect(one?.ownership.canSend).toBe(false);
    await world.run(heartbeatMs);
    expect(two?.ownership.owned).toEqual(all);
    expect([...world.store.processes.keys()]).toEqual([two?.ownership.processId]);
  });

  it('hands over idle partitions first, and the others when the engine has finished', async () => {
    const world = new CalmWorld();
    const calls: { readonly partitions: readonly number[]; readonly isFinal: boolean }[] = [];
    let finish: (() => void) | undefined;
    const one = await world.start({
      listener: {
        release: async (partitions, { isFinal }) => {
          calls.push({ partitions, isFinal });
          if (isFinal) await new Promise<void>((resolve) => (finish = resolve));
          return isFinal ? [] : [0, 1];
        },
      },
    });
    one.stop();
    await world.run(callsMs);
    const owners = () => world.store.partitions.map(({ owner }) => owner !== null);
    expect(owners()).toEqual([false, false, true, true, true, true, true, true]);
    expect(calls).toEqual([
      { partitions: all, isFinal: false },
      { partitions: all.slice(2), isFinal: true },
    ]);
    // Heartbeats continue.
    await world.run(2 * leaseMs);
    expect(one.ownership.canSend).toBe(true);
    finish?.();
    await world.run(callsMs);
    expect(owners()).toEqual(all.map(() => false));
    expect(one.state).toBe('gone');
    expect(world.store.processes.size).toBe(0);
  });

  it('gives wanted partitions to the process that asks for them, and takes no new ones', async () => {
    const world = new CalmWorld();
    const one = await world.start();
    const two = await world.start();
    const wanted = world.store.partitions.filter((record) => record.wanted !== null);
    expect(wanted).toHaveLength(4);
    one.stop();
    await world.run(3_000);
    for (const { partition } of wanted) {
      expect(world.store.partitions[partition]?.owner).toBe(two.ownership.processId);
    }
    await world.run(2 * heartbeatMs);
    expect(two.ownership.owned).toEqual(all);
  });

  it('ends although the database is away', async () => {
    const world = new CalmWorld();
    const one = await world.start();
    one.cut(leaseMs);
    one.stop();
    await world.run(leaseMs);
    expect(one.state).toBe('gone');
    expect(count(one)).toBe(0);
  });

  it('of a process that was fenced meanwhile does not register it again', async () => {
    const world = new CalmWorld();
    const one = await world.start({
      listener: { release: async () => await new Promise(() => undefined) },
    });
    one.stop();
    await world.run(callsMs);
    const [id] = world.store.processes.keys();
    world.store.processes.clear();
    world.store.calls.length = 0;
    await world.run(2 * heartbeatMs);
    expect(world.store.calls).not.toContain('register');
    expect(one.ownership.processId).toBe(id);
    expect(world.store.processes.size).toBe(0);
    expect(count(one)).toBe(0);
  });
});
