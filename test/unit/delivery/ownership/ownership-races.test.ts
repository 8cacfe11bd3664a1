import { beforeEach, describe, expect, it } from 'vitest';
import { Ownership } from '../../../../server/src/delivery/ownership/ownership.ts';
import type {
  OwnershipView,
  PartitionRecord,
  PartitionStore,
  ProcessStore,
} from '../../../../server/src/domain/ports/ownership.ts';
import { aProcess, aProcessRecord } from '../../../support/builders.ts';

/** A call of a store that waits for the test to answer it. */
interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  answer(value?: unknown): Promise<void>;
  fail(): Promise<void>;
}

const settle = async () => await new Promise<void>((resolve) => setImmediate(resolve));

const heartbeatMs = 2_500;
const leaseMs = 10_000;

let now: number;
let timers: { at: number; run: () => void }[];
let calls: Call[];
let events: string[];
let ids: number;
let released: (partitions: readonly number[]) => void;
let ownership: Ownership;

/** A store whose calls all wait. */
function createStore(): ProcessStore & PartitionStore {
  // `as`: each method of the stores is a function that returns a promise.
  return new Proxy({} as ProcessStore & PartitionStore, {
    get:
      (_, name) =>
      async (...args: unknown[]) =>
        await new Promise((resolve, reject) => {
          const finish = async (run: () => void) => {
            calls.splice(calls.indexOf(call), 1);
            run();
            await settle();
          };
          const call: Call = {
            name: String(name),
            args,
            answer: async (value) => await finish(() => resolve(value)),
            fail: async () => await finish(() => reject(new Error('planned'))),
          };
          calls.push(call);
        }),
  });
}

beforeEach(() => {
  now = 0;
  timers = [];
  calls = [];
  events = [];
  ids = 0;
  ownership = new Ownership(
    {
      processes: createStore(),
      partitions: createStore(),
      clock: {
        monotonicNow: () => now,
        wallNow: () => now,
        after: (ms, run) => {
          const timer = { at: now + ms, run };
          timers.push(timer);
          return () => void (timers = timers.filter((one) => one !== timer));
        },
      },
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      createId: () => `p${ids++}`,
      isAlive: () => true,
    },
    { self: aProcess({ instance: 'one' }), leaseMs, heartbeatMs },
  );
});

async function pass(ms: number): Promise<void> {
  now += ms;
  const due = timers.filter(({ at }) => at <= now);
  timers = timers.filter(({ at }) => at > now);
  for (const { run } of due) run();
  await settle();
}

/** The oldest waiting call with a name. */
function pending(name: string): Call {
  const call = calls.find((one) => one.name === name);
  if (call === undefined)
    throw new Error(`${name} was not called, but ${calls.map((one) => one.name).join()}`);
  return call;
}

const names = () => calls.map(({ name }) => name);

function viewOf(owners: readonly (string | null)[], change: Partial<PartitionRecord> = {}): OwnershipView {
  return {
    now,
    processes: ['p0', 'other'].map((id) => aProcessRecord({ id })),
    partitions: owners.map((owner, partition) => ({
      partition,
      owner,
      epoch: owner === null ? 0 : 1,
      wanted: null,
      ...change,
    })),
  };
}

/** Starts the process with two partitions. */
async function start(): Promise<void> {
  void ownership.start({
    onAcquired: (partitions) => events.push(`acquired ${partitions.join()}`),
    release: async () => await new Promise((resolve) => (released = resolve)),
    onRenewed: () => events.push('renewed'),
    onLost: () => events.push(`lost, ${ownership.canSend ? 'can' : 'cannot'} send`),
  });
  await settle();
  await pending('register').answer();
  await pending('read').answer(viewOf([null, null, 'other', 'other']));
  await pending('take').answer([0, 1]);
  expect(ownership.owned).toEqual([0, 1]);
  events = [];
}

/** Lets a heartbeat find out that the process was fenced, and registers it again. */
async function loseLease(): Promise<void> {
  await pass(heartbeatMs);
  await pending('heartbeat').answer(false);
  await pending('register').answer();
  expect(ownership.processId).toBe('p1');
}

describe('after a fence', () => {
  it('the process cannot send before it is registered again, although its lease had not ended', async () => {
    await start();
    expect(ownership.canSend).toBe(true);
    await pass(heartbeatMs);
    await pending('heartbeat').answer(false);
    expect(events).toEqual(['lost, cannot send']);
    expect(ownership.canSend).toBe(false);
    await pending('register').answer();
    expect(ownership.canSend).toBe(true);
  });

  it('a reply to an earlier heartbeat is not a second one', async () => {
    await start();
    await pass(heartbeatMs);
    const early = pending('heartbeat');
    await pass(heartbeatMs);
    await calls.filter(({ name }) => name === 'heartbeat')[1]?.answer(false);
    await pending('register').answer();
    await early.answer(false);
    expect(events).toEqual(['lost, cannot send']);
    expect(ownership.processId).toBe('p1');
  });

  it('an earlier view is not acted on', async () => {
    await start();
    await pass(heartbeatMs);
    await pending('heartbeat').answer(true);
    const early = pending('read');
    await loseLease();
    const before = names();
    await early.answer(viewOf([null, null, null, null]));
    expect(names()).toEqual(before.filter((name) => name !== 'read'));
  });

  it('partitions that were taken under the old id are not owned', async () => {
    await start();
    await pass(heartbeatMs);
    await pending('heartbeat').answer(true);
    await pending('read').answer(viewOf(['p0', 'p0', null, null, null, null]));
    const early = pending('take');
    await loseLease();
    await early.answer([2]);
    expect(ownership.owned).toEqual([]);
    expect(events).toEqual(['lost, cannot send']);
  });

  it('partitions that were fenced for the old id are not taken', async () => {
    await start();
    await pass(heartbeatMs);
    await pending('heartbeat').answer(true);
    await pending('read').answer(viewOf(['p0', 'p0', 'gone', 'gone']));
    const early = pending('fence');
    await loseLease();
    await early.answer(true);
    expect(names()).not.toContain('take');
  });

  it('partitions that the engine releases are not handed over', async () => {
    await start();
    await pass(heartbeatMs);
    await pending('heartbeat').answer(true);
    await pending('read').answer(viewOf(['p0', 'p0'], { wanted: 'other' }));
    // One of both is offered, and the other one refused.
    await pending('setWanted').answer();
    expect(ownership.owns(0)).toBe(false);
    await loseLease();
    released([0, 1]);
    await settle();
    expect(names()).not.toContain('handOver');
  });

  it('one registration runs at a time', async () => {
    await start();
    await pass(heartbeatMs);
    await pending('heartbeat').answer(false);
    await pass(heartbeatMs);
    await pass(heartbeatMs);
    expect(names()).toEqual(['register']);
    await pending('register').fail();
    await pass(heartbeatMs);
    expect(names()).toEqual(['register']);
    expect(pending('register').args[0]).toBe('p2');
  });

  it('the instance is not replaced again', async () => {
    await start();
    await loseLease();
    await pending('read').answer({
      ...viewOf(['p0', 'p0', 'other', 'other']),
      processes: [
        aProcessRecord({ id: 'other', instance: 'one' }),
        aProcessRecord({ id: 'p0', state: 'fenced' }),
      ],
    });
    expect(names()).not.toContain('fence');
  });
});

describe('a stop', () => {
  it('removes a process whose registration was under way', async () => {
    await start();
    await pass(heartbeatMs);
    await pending('heartbeat').answer(false);
    void ownership.stop();
    await settle();
    await pending('register').answer();
    expect(pending('remove').args).toEqual(['p1']);
    expect(ownership.canSend).toBe(false);
  });

  it('leaves the process registered if its partitions could not be freed', async () => {
    await start();
    void ownership.stop();
    await settle();
    await pending('startDraining').fail();
    released([0]);
    await settle();
    expect(names()).toEqual([]);
    released([1]);
    await settle();
    await pending('handOver').fail();
    expect(names()).toEqual([]);
    expect(ownership.owned).toEqual([]);
  });

  it('frees what was handed to the process while it stopped', async () => {
    await start();
    void ownership.stop();
    await settle();
    await pending('startDraining').answer();
    await pending('read').answer(viewOf(['p0', 'p0', 'other', 'other']));
    released([0, 1]);
    await settle();
    // Before the write is acknowledged, another process can be the owner.
    expect(ownership.owned).toEqual([]);
    await pending('handOver').answer();
    expect(pending('releaseAll').args).toEqual(['p0']);
    await pending('releaseAll').answer();
    await pending('remove').answer();
    expect(names()).toEqual([]);
  });

  it('takes no partitions that a view shows which was read before', async () => {
    await start();
    ownership.refresh();
    void ownership.stop();
    await pending('read').answer({ ...viewOf(['p0', 'p0', null, null]), processes: [] });
    expect(names()).toEqual(['startDraining']);
  });

  it('reads the owners once more, whatever it is notified of', async () => {
    await start();
    void ownership.stop();
    await settle();
    ownership.refresh();
    await pending('startDraining').answer();
    expect(names()).toEqual(['read']);
  });

  it('gives nothing to a process that asks for it and stops as well', async () => {
    await start();
    void ownership.stop();
    await settle();
    await pending('startDraining').answer();
    const view = viewOf(['p0', 'p0', 'other', 'other'], { wanted: 'other' });
    await pending('read').answer({
      ...view,
      processes: [aProcessRecord({ id: 'other', state: 'draining' })],
    });
    released([0, 1]);
    await settle();
    expect(pending('handOver').args[0]).toMatchObject([{ newOwner: null }, { newOwner: null }]);
  });
});

it('the lease counts from the moment when a heartbeat is sent', async () => {
  await start();
  await pass(heartbeatMs);
  const early = pending('heartbeat');
  now += 8_000;
  await early.answer(true);
  expect(ownership.canSend).toBe(true);
  now += 1_000;
  expect(ownership.canSend).toBe(false);
});

it('a heartbeat that is acknowledged after its lease has ended renews nothing', async () => {
  await start();
  // The lease has ended when the heartbeat is sent, too.
  await pass(9_000);
  const early = pending('heartbeat');
  now += 9_000;
  await early.answer(true);
  expect(events).toEqual([]);
  await pending('read').answer(viewOf(['p0', 'p0', 'other', 'other']));
  await pass(heartbeatMs);
  await pending('heartbeat').answer(true);
  expect(events).toEqual(['renewed']);
});
