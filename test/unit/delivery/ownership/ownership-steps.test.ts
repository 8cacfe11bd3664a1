import { beforeEach, describe, expect, it } from 'vitest';
import type { OwnershipView } from '../../../../server/src/domain/ports/ownership.ts';
import { aProcessRecord } from '../../../support/builders.ts';
import { heartbeatMs, leaseMs, OwnershipScene, settle } from './ownership-scene.ts';

let scene: OwnershipScene;

beforeEach(() => {
  scene = new OwnershipScene();
});

/** A view in which `other` asks for some partitions of this process. */
function wantedView(owners: readonly (string | null)[], wanted: readonly number[]): OwnershipView {
  const view = scene.viewOf(owners);
  const partitions = view.partitions.map((record) =>
    wanted.includes(record.partition) ? { ...record, wanted: 'other' } : record,
  );
  return { ...view, partitions };
}

/** Starts the process with four partitions, the only ones. */
async function startWithFour(): Promise<void> {
  await scene.read({ ...scene.viewOf([null, null, null, null]), processes: [] });
  await scene.pending('take').answer([0, 1, 2, 3]);
  scene.events = [];
}

const four = ['p0', 'p0', 'p0', 'p0'];

describe('partitions that another process was faster to take', () => {
  it('are not owned', async () => {
    await scene.read(scene.viewOf([null, null, 'other', 'other']));
    await scene.pending('take').answer([1]);
    expect(scene.ownership.owned).toEqual([1]);
    expect(scene.events).toEqual(['acquired 1']);
  });

  it('start no work, if they are all of them', async () => {
    await scene.read(scene.viewOf([null, null, 'other', 'other']));
    await scene.pending('take').answer([]);
    expect([scene.ownership.owned, scene.events]).toEqual([[], []]);
  });
});

describe('a step without requests of others', () => {
  it('releases nothing, writes nothing and notifies no process', async () => {
    await startWithFour();
    await scene.beat({ ...scene.viewOf(four), processes: [aProcessRecord({ id: 'p0' })] });
    expect([scene.events, scene.names(), scene.notifications]).toEqual([[], [], 0]);
  });
});

describe('a request for busy partitions', () => {
  it('is answered with others, and withdrawn once these are handed over', async () => {
    await startWithFour();
    await scene.beat(wantedView(four, [1, 2]));
    expect(scene.events).toEqual(['release 1,2']);
    scene.released([]);
    await settle();
    expect(scene.events).toEqual(['release 1,2', 'release 0,3']);
    expect([0, 1, 2, 3].map((partition) => scene.ownership.owns(partition))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    scene.released([3]);
    await settle();
    const handOver = scene.pending('handOver');
    expect(handOver.args).toEqual([[{ partition: 3, owner: 'p0', epoch: 1, newOwner: 'other' }]]);
    expect(scene.ownership.owned).toEqual([0, 1, 2]);
    await handOver.answer();
    // The request for the second busy one was answered. The first one is still asked for.
    expect(scene.pending('setWanted').args).toMatchObject([[{ partition: 2, wanted: 'other' }], null]);
    await scene.pending('setWanted').answer();
    expect([scene.names(), scene.notifications]).toEqual([[], 1]);
    expect(scene.ownership.owns(0)).toBe(true);
  });

  it('stays if no other partition is idle', async () => {
    await startWithFour();
    await scene.beat(wantedView(four, [0]));
    scene.released([]);
    await settle();
    scene.released([]);
    await settle();
    expect(scene.events).toEqual(['release 0', 'release 1']);
    expect([scene.names(), scene.notifications]).toEqual([[], 0]);
    expect(scene.ownership.owned).toEqual([0, 1, 2, 3]);
  });

  it('is not answered with partitions that are asked for as well', async () => {
    await startWithFour();
    await scene.beat(wantedView(four, [0, 1, 2, 3]));
    await scene.pending('setWanted').answer();
    scene.released([]);
    await settle();
    expect(scene.events).toEqual(['release 0,1']);
    expect(scene.names()).toEqual([]);
  });

  it('is answered in full where it can be', async () => {
    await startWithFour();
    await scene.beat(wantedView(four, [0, 1]));
    scene.released([0, 1]);
    await settle();
    await scene.pending('handOver').answer();
    expect(scene.events).toEqual(['release 0,1']);
    expect([scene.names(), scene.ownership.owned]).toEqual([[], [2, 3]]);
  });
});

describe('a process that is fenced', () => {
  it('while it answers requests releases nothing, and owns what it takes next', async () => {
    await startWithFour();
    await scene.beat(wantedView(four, [0, 1, 2]));
    const rejected = scene.pending('setWanted');
    await scene.loseLease();
    await rejected.answer();
    expect(scene.events).toEqual(['lost, cannot send']);
    await scene.beat({
      ...scene.viewOf([null, 'other', 'other', 'other']),
      processes: [aProcessRecord({ id: 'other' }), aProcessRecord({ id: 'p1' })],
    });
    await scene.pending('take').answer([0]);
    expect(scene.ownership.owns(0)).toBe(true);
  });

  it('names its old id in the log', async () => {
    await scene.start();
    await scene.loseLease();
    expect(scene.logged).toEqual([
      { fields: { process: 'p0' }, message: 'the lease of this process was lost; registering again' },
    ]);
  });
});

describe('another process', () => {
  it('is fenced when it has been silent for exactly a lease', async () => {
    await scene.start();
    const view = scene.viewOf(['p0', 'p0', 'other', 'other']);
    for (let beats = 1; beats < leaseMs / heartbeatMs; beats++) {
      await scene.beat(view);
      expect(scene.names()).toEqual([]);
    }
    await scene.beat(view);
    expect(scene.pending('fence').args).toEqual(['other', 0]);
    await scene.pending('fence').answer(true);
    expect(scene.logged).toEqual([{ fields: { processes: ['other'] }, message: 'fenced dead processes' }]);
  });

  it('of the same host is fenced if it does not run, and only then', async () => {
    for (const isAlive of [true, false]) {
      const asked: unknown[] = [];
      scene = new OwnershipScene((...process) => {
        asked.push(process);
        return isAlive;
      });
      await scene.read({
        ...scene.viewOf(['other', 'other']),
        processes: [aProcessRecord({ id: 'other', pid: 7, pidStart: '70' })],
      });
      expect(asked).toEqual([[7, '70']]);
      expect(scene.calls.filter(({ name }) => name === 'fence').map(({ args }) => args)).toEqual(
        isAlive ? [] : [['other', undefined]],
      );
    }
  });

  it('that answers after the view was read is not fenced, and keeps its partitions', async () => {
    await scene.read({
      ...scene.viewOf(['other', 'other']),
      processes: [aProcessRecord({ id: 'other', instance: 'one' })],
    });
    await scene.pending('fence').answer(false);
    // It asks for one of them instead.
    expect(scene.names()).toEqual(['setWanted']);
    expect(scene.logged).toEqual([]);
  });
});

describe('on a stop, a partition goes', () => {
  const other = aProcessRecord({ id: 'other' });

  async function handedOver(processes: OwnershipView['processes']): Promise<unknown> {
    await scene.start();
    void scene.ownership.stop();
    await settle();
    await scene.pending('startDraining').answer();
    await scene.pending('read').answer({ ...wantedView(['p0', 'p0', 'other'], [0]), processes });
    scene.released([0, 1]);
    await settle();
    return scene.pending('handOver').args[0];
  }

  const to = (newOwner: string | null) => [
    { partition: 0, owner: 'p0', epoch: 1, newOwner },
    { partition: 1, owner: 'p0', epoch: 1, newOwner: null },
  ];

  it('to the live process that asks for it', async () => {
    expect(await handedOver([aProcessRecord({ id: 'third', state: 'draining' }), other])).toEqual(
      to('other'),
    );
    expect(scene.events).toEqual(['release 0,1']);
  });

  it.each([
    ['is gone', aProcessRecord({ id: 'third' })],
    ['stops as well', { ...other, state: 'draining' as const }],
    ['does not send', { ...other, sends: false }],
  ])('to none if the process that asks for it %s', async (_, process) => {
    expect(await handedOver([process])).toEqual(to(null));
  });
});

describe('the log', () => {
  const failed = {
    fields: { err: new Error('planned') },
    message: 'partition ownership could not be updated; will retry',
  };

  it('has the end of an outage also while an earlier step is under way', async () => {
    await scene.start();
    await scene.pass(heartbeatMs);
    await scene.pending('heartbeat').answer(true);
    await scene.pass(heartbeatMs);
    await scene.pending('heartbeat').fail();
    expect(scene.logged).toEqual([failed]);
    await scene.pass(heartbeatMs);
    await scene.pending('heartbeat').answer(true);
    expect(scene.names()).toEqual(['read']);
    expect(scene.logged).toEqual([
      failed,
      { fields: {}, message: 'partition ownership is up to date again' },
    ]);
  });

  it('has the cause of a release that failed, and the partition stays', async () => {
    await startWithFour();
    await scene.beat(wantedView(four, [0]));
    scene.failRelease();
    await settle();
    expect(scene.logged).toEqual([
      { fields: { err: new Error('planned') }, message: 'partitions could not be released' },
    ]);
    expect(scene.ownership.owns(0)).toBe(true);
  });
});

it('a refresh before the start does nothing', async () => {
  scene.ownership.refresh();
  await settle();
  expect(scene.names()).toEqual([]);
});
