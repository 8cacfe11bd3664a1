import { describe, expect, it } from 'vitest';
import { OwnershipScene } from './ownership-scene.ts';
import { all, callsMs, CalmWorld, count, partitionCount } from './simulation/calm-world.ts';
import { heartbeatMs, leaseMs } from './simulation/simulated-process.ts';

describe('a start', () => {
  it('of the only process takes all partitions, with one call to register and one to take', async () => {
    const world = new CalmWorld();
    const acquired: (readonly number[])[] = [];
    const one = await world.start({ listener: { onAcquired: (partitions) => acquired.push(partitions) } });
    expect(one.ownership.owned).toEqual(all);
    expect(acquired.map((partitions) => [...partitions].sort((a, b) => a - b))).toEqual([all]);
    expect(all.every((partition) => one.ownership.owns(partition))).toBe(true);
    expect(one.ownership.getEpoch(3)).toBe(1);
    expect(one.ownership.canSend).toBe(true);
    expect(one.ownership.processId).toBe('p0');
    expect(world.store.otherWrites).toEqual(['register', 'take']);
  });

  it('replaces at once the process that had its instance', async () => {
    const world = new CalmWorld();
    const before = await world.start({ instance: 'a' });
    before.kill();
    const after = await world.start({ instance: 'a' });
    expect(after.ownership.owned).toEqual(all);
    expect(after.ownership.getEpoch(0)).toBe(2);
    await world.run(2 * heartbeatMs);
    expect([...world.store.processes.keys()]).toEqual(['p1']);
  });

  it('replaces at once a process of its PID namespace that has exited', async () => {
    const world = new CalmWorld();
    const before = await world.start({ host: 'a' });
    before.kill();
    expect(count(await world.start({ host: 'a' }))).toBe(partitionCount);
  });

  it('waits for the lease of other processes, and for its own heartbeats', async () => {
    const world = new CalmWorld();
    const before = await world.start();
    before.kill();
    const after = await world.start();
    await world.run(leaseMs - 2 * callsMs);
    expect(count(after)).toBe(0);
    await world.run(heartbeatMs + 2 * callsMs);
    expect(count(after)).toBe(partitionCount);
  });

  it('fails without a database', async () => {
    const world = new CalmWorld();
    const one = world.start({ isCut: true });
    await one;
    expect((await one).state).toBe('gone');
  });
});

describe('several processes', () => {
  it('have equal shares after some heartbeats, and then write nothing but these', async () => {
    const world = new CalmWorld();
    const processes = await world.startMany({}, {}, {});
    expect(processes.map(count).sort((a, b) => a - b)).toEqual([2, 3, 3]);
    world.store.otherWrites.length = 0;
    await world.run(10 * heartbeatMs);
    expect(world.store.otherWrites).toEqual([]);
  });

  it('of which one does not send leave it without partitions', async () => {
    const world = new CalmWorld();
    const [api, one] = await world.startMany({ sends: false }, {});
    expect(api?.ownership.owned).toEqual([]);
    expect(api?.ownership.canSend).toBe(true);
    expect(one?.ownership.owned).toEqual(all);
  });

  it('know the owner of each partition, also without owning one', async () => {
    const world = new CalmWorld();
    const [api, ...senders] = await world.startMany({ sends: false }, {}, {});
    const owners = all.map((partition) => api?.ownership.owners.findOwner(partition));
    expect(owners).toEqual(
      all.map((partition) => senders.find(({ ownership }) => ownership.owns(partition))?.ownership.processId),
    );
    expect(new Set(owners).size).toBe(2);
    expect(api?.ownership.owners.ownerCount).toBe(2);
  });

  it('know no owner before they have read the owners', () => {
    const { owners } = new OwnershipScene().ownership;
    expect([owners.ownerCount, owners.findOwner(0)]).toEqual([0, undefined]);
  });

  it('learn at once of a hand-over if they are notified', async () => {
    const world = new CalmWorld();
    const one = await world.start();
    const two = await world.start();
    one.ownership.refresh();
    await world.run(2_000);
    two.ownership.refresh();
    // Before the first heartbeat of either.
    await world.run(callsMs);
    expect(world.timeline.now).toBeLessThan(2 * heartbeatMs);
    expect([count(one), count(two)]).toEqual([4, 4]);
  });
});

describe('after a death', () => {
  it('on the same host, the next heartbeat of another process takes over', async () => {
    const world = new CalmWorld();
    const [one, two] = await world.startMany({ host: 'a' }, { host: 'a' });
    two?.kill();
    await world.run(heartbeatMs + callsMs);
    expect(one?.ownership.owned).toEqual(all);
  });

  it('on another host, others wait until it has been silent for a lease', async () => {
    const world = new CalmWorld();
    const [one, two] = await world.startMany({}, {});
    two?.kill();
    await world.run(leaseMs - callsMs);
    expect(one?.ownership.owned).toHaveLength(4);
    await world.run(2 * heartbeatMs + 2 * callsMs);
    expect(one?.ownership.owned).toEqual(all);
    await world.run(2 * heartbeatMs);
    expect([...world.store.processes.keys()]).toEqual([one?.ownership.processId]);
  });

  it('its record stays while partitions name it', async () => {
    const world = new CalmWorld();
    const [one] = await world.startMany({}, { sends: false });
    one?.kill();
    await world.run(2 * leaseMs);
    world.store.otherWrites.length = 0;
    await world.run(4 * heartbeatMs);
    expect([...world.store.processes.values()].map(({ state }) => state).sort()).toEqual(['fenced', 'live']);
    expect(world.store.otherWrites).toEqual([]);
  });

  for (const [name, offset] of Object.entries({ ahead: 3_600_000, behind: -3_600_000 })) {
    it(`the same holds if the clock of a new primary is ${name}`, async () => {
      const world = new CalmWorld();
      const [one, two] = await world.startMany({}, {});
      world.store.clockOffset = offset;
      await world.run(2 * leaseMs);
      expect(
        [one, two].map((process) => process?.ownership.getEpoch(process.ownership.owned[0] ?? 0)),
      ).toEqual([1, 3]);
      two?.kill();
      await world.run(leaseMs + 2 * heartbeatMs + callsMs);
      expect(one?.ownership.owned).toEqual(all);
    });
  }
});

describe('while the database is away', () => {
  // Whichever process comes back first.
  it.each([60_000, 59_600])('processes stop sending, and then continue as before: %i ms', async (awayMs) => {
    const world = new CalmWorld();
    let renewals = 0;
    const onRenewed = () => renewals++;
    const processes = await world.startMany({ listener: { onRenewed } }, { listener: { onRenewed } });
    const before = [...world.store.partitions];
    expect(renewals).toBe(0);
    for (const process of processes) process.cut(awayMs);
    await world.run(leaseMs);
    for (const { ownership } of processes) expect(ownership.canSend).toBe(false);
    expect(processes.map(count)).toEqual([4, 4]);
    world.store.otherWrites.length = 0;
    await world.run(awayMs + 2 * leaseMs);
    expect(world.store.otherWrites).toEqual([]);
    expect(world.store.partitions).toEqual(before);
    for (const { ownership } of processes) expect(ownership.canSend).toBe(true);
    expect(renewals).toBe(2);
  });
});

describe('a fenced process', () => {
  it('drops everything and continues under another id', async () => {
    const world = new CalmWorld();
    const lost: number[] = [];
    const [one, two] = await world.startMany(
      { listener: { onLost: () => lost.push(one?.ownership.owned.length ?? -1) } },
      {},
    );
    const id = one?.ownership.processId;
    one?.cut(3 * leaseMs);
    await world.run(3 * leaseMs - 100);
    expect(two?.ownership.owned).toEqual(all);
    expect(lost).toEqual([]);
    await world.run(heartbeatMs + callsMs);
    // Its memory of partitions is empty when the engine drops its own.
    expect(lost).toEqual([0]);
    expect(one?.ownership.processId).not.toBe(id);
    await world.run(4 * heartbeatMs);
    expect([one, two].map((process) => process?.ownership.owned.length)).toEqual([4, 4]);
  });
});

describe('what a process has seen of the changes', () => {
  it('is written at once, and by later registrations', async () => {
    const world = new CalmWorld();
    const one = await world.start();
    const seen = () => [...world.store.processes.values()].map(({ changeSeen }) => changeSeen);
    void one.ownership.reportChangeSeen(7);
    await world.run(callsMs);
    expect(seen()).toEqual([7]);
    void one.ownership.reportChangeSeen(5);
    await world.run(callsMs);
    expect(seen()).toEqual([7]);
    world.store.processes.clear();
    await world.run(3 * heartbeatMs);
    expect(seen()).toEqual([7]);
  });
});

describe('the log', () => {
  it('has the first failure of an outage, and its end', async () => {
    const world = new CalmWorld();
    const one = await world.start();
    one.cut(4 * heartbeatMs);
    await world.run(8 * heartbeatMs);
    expect(world.logged).toEqual([
      'partition ownership could not be updated; will retry',
      'partition ownership is up to date again',
    ]);
  });

  it('has what was fenced, and a lease that was lost', async () => {
    const world = new CalmWorld();
    const one = await world.start();
    world.store.processes.clear();
    await world.run(heartbeatMs + callsMs);
    // Its old id still owned all partitions.
    expect(world.logged).toEqual([
      'the lease of this process was lost; registering again',
      'fenced dead processes',
    ]);
    expect(count(one)).toBe(partitionCount);
  });

  it('has a release that failed', async () => {
    const world = new CalmWorld();
    const one = await world.start({ listener: { release: () => Promise.reject(new Error('planned')) } });
    one.stop();
    await world.run(3_000);
    expect(world.logged).toEqual(['partitions could not be released', 'partitions could not be released']);
    expect(one.state).toBe('gone');
    expect(world.store.partitions.every(({ owner }) => owner === null)).toBe(true);
  });
});

describe('other processes are notified', () => {
  it('of requests and of partitions that were handed over, and of nothing else', async () => {
    const world = new CalmWorld();
    const one = await world.start();
    expect(world.notifications).toBe(0);
    await world.start();
    expect(world.notifications).toBe(1);
    await world.run(2_000);
    expect(world.notifications).toBe(1);
    await world.run(2 * heartbeatMs);
    expect(world.notifications).toBe(2);
    await world.run(4 * heartbeatMs);
    expect(world.notifications).toBe(2);
    one.stop();
    await world.run(3_000);
    expect(world.notifications).toBe(3);
  });
});

describe('calls', () => {
  it('that hang are followed by at most three more heartbeats', async () => {
    const world = new CalmWorld();
    await world.start();
    world.store.isHanging = true;
    world.store.calls.length = 0;
    await world.run(20 * heartbeatMs);
    expect(world.store.calls).toEqual(['heartbeat', 'heartbeat', 'heartbeat', 'heartbeat']);
  });

  it('of a heartbeat are one write and one read', async () => {
    const world = new CalmWorld();
    await world.startMany({}, {});
    world.store.calls.length = 0;
    await world.run(10 * heartbeatMs);
    expect(world.store.calls.sort()).toEqual([
      ...Array.from({ length: 20 }, () => 'heartbeat'),
      ...Array.from({ length: 20 }, () => 'read'),
    ]);
  });

  it('of a refresh are one read, and one more if it comes while another runs', async () => {
    const world = new CalmWorld();
    const one = await world.start();
    world.store.calls.length = 0;
    one.ownership.refresh();
    await world.run(callsMs);
    expect(world.store.calls).toEqual(['read']);
    for (let times = 0; times < 5; times++) one.ownership.refresh();
    await world.run(callsMs);
    expect(world.store.calls).toEqual(['read', 'read', 'read']);
  });

  it('after a stop are none', async () => {
    const world = new CalmWorld();
    const one = await world.start();
    one.stop();
    await world.run(3_000);
    world.store.calls.length = 0;
    one.ownership.refresh();
    await one.ownership.stop();
    void one.ownership.reportChangeSeen(1);
    await world.run(3 * heartbeatMs);
    expect(world.store.calls).toEqual([]);
  });
});
