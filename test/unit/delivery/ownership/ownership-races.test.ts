import { beforeEach, describe, expect, it } from 'vitest';
import { aProcessRecord } from '../../../support/builders.ts';
import { heartbeatMs, OwnershipScene, settle } from './ownership-scene.ts';

let scene: OwnershipScene;

beforeEach(() => {
  scene = new OwnershipScene();
});

describe('after a fence', () => {
  it('the process cannot send before it is registered again, although its lease had not ended', async () => {
    await scene.start();
    expect(scene.ownership.canSend).toBe(true);
    await scene.pass(heartbeatMs);
    await scene.pending('heartbeat').answer(false);
    expect(scene.events).toEqual(['lost, cannot send']);
    expect(scene.ownership.canSend).toBe(false);
    await scene.pending('register').answer();
    expect(scene.ownership.canSend).toBe(true);
  });

  it('a reply to an earlier heartbeat is not a second one', async () => {
    await scene.start();
    await scene.pass(heartbeatMs);
    const early = scene.pending('heartbeat');
    await scene.pass(heartbeatMs);
    await scene.calls.filter(({ name }) => name === 'heartbeat')[1]?.answer(false);
    await scene.pending('register').answer();
    await early.answer(false);
    expect(scene.events).toEqual(['lost, cannot send']);
    expect(scene.ownership.processId).toBe('p1');
  });

  it('an earlier view is not acted on', async () => {
    await scene.start();
    await scene.pass(heartbeatMs);
    await scene.pending('heartbeat').answer(true);
    const early = scene.pending('read');
    await scene.loseLease();
    const before = scene.names();
    await early.answer(scene.viewOf([null, null, null, null]));
    expect(scene.names()).toEqual(before.filter((name) => name !== 'read'));
  });

  it('partitions that were taken under the old id are not owned', async () => {
    await scene.start();
    await scene.pass(heartbeatMs);
    await scene.pending('heartbeat').answer(true);
    await scene.pending('read').answer(scene.viewOf(['p0', 'p0', null, null, null, null]));
    const early = scene.pending('take');
    await scene.loseLease();
    await early.answer([2]);
    expect(scene.ownership.owned).toEqual([]);
    expect(scene.events).toEqual(['lost, cannot send']);
  });

  it('partitions that were fenced for the old id are not taken', async () => {
    await scene.start();
    await scene.pass(heartbeatMs);
    await scene.pending('heartbeat').answer(true);
    await scene.pending('read').answer(scene.viewOf(['p0', 'p0', 'gone', 'gone']));
    const early = scene.pending('fence');
    await scene.loseLease();
    await early.answer(true);
    expect(scene.names()).not.toContain('take');
  });

  it('partitions that the engine releases are not handed over', async () => {
    await scene.start();
    await scene.pass(heartbeatMs);
    await scene.pending('heartbeat').answer(true);
    await scene.pending('read').answer(scene.viewOf(['p0', 'p0'], { wanted: 'other' }));
    // One of both is offered, and the other one refused.
    await scene.pending('setWanted').answer();
    expect(scene.ownership.owns(0)).toBe(false);
    await scene.loseLease();
    scene.released([0, 1]);
    await settle();
    expect(scene.names()).not.toContain('handOver');
  });

  it('one registration runs at a time', async () => {
    await scene.start();
    await scene.pass(heartbeatMs);
    await scene.pending('heartbeat').answer(false);
    await scene.pass(heartbeatMs);
    await scene.pass(heartbeatMs);
    expect(scene.names()).toEqual(['register']);
    await scene.pending('register').fail();
    await scene.pass(heartbeatMs);
    expect(scene.names()).toEqual(['register']);
    expect(scene.pending('register').args[0]).toBe('p2');
  });

  it('the instance is not replaced again', async () => {
    await scene.start();
    await scene.loseLease();
    await scene.pending('read').answer({
      ...scene.viewOf(['p0', 'p0', 'other', 'other']),
      processes: [
        aProcessRecord({ id: 'other', instance: 'one' }),
        aProcessRecord({ id: 'p0', state: 'fenced' }),
      ],
    });
    expect(scene.names()).not.toContain('fence');
  });
});

describe('a stop', () => {
  it('removes a process whose registration was under way', async () => {
    await scene.start();
    await scene.pass(heartbeatMs);
    await scene.pending('heartbeat').answer(false);
    void scene.ownership.stop();
    await settle();
    await scene.pending('register').answer();
    expect(scene.pending('remove').args).toEqual(['p1']);
    expect(scene.ownership.canSend).toBe(false);
  });

  it('leaves the process registered if its partitions could not be freed', async () => {
    await scene.start();
    void scene.ownership.stop();
    await settle();
    await scene.pending('startDraining').fail();
    scene.released([0]);
    await settle();
    expect(scene.names()).toEqual([]);
    scene.released([1]);
    await settle();
    await scene.pending('handOver').fail();
    expect(scene.names()).toEqual([]);
    expect(scene.ownership.owned).toEqual([]);
  });

  it('frees what was handed to the process while it stopped', async () => {
    await scene.start();
    void scene.ownership.stop();
    await settle();
    await scene.pending('startDraining').answer();
    await scene.pending('read').answer(scene.viewOf(['p0', 'p0', 'other', 'other']));
    scene.released([0, 1]);
    await settle();
    // Before the write is acknowledged, another process can be the owner.
    expect(scene.ownership.owned).toEqual([]);
    await scene.pending('handOver').answer();
    expect(scene.pending('releaseAll').args).toEqual(['p0']);
    await scene.pending('releaseAll').answer();
    await scene.pending('remove').answer();
    expect(scene.names()).toEqual([]);
  });

  it('takes no partitions that a view shows which was read before', async () => {
    await scene.start();
    scene.ownership.refresh();
    void scene.ownership.stop();
    await scene.pending('read').answer({ ...scene.viewOf(['p0', 'p0', null, null]), processes: [] });
    expect(scene.names()).toEqual(['startDraining']);
  });

  it('reads the owners once more, whatever it is notified of', async () => {
    await scene.start();
    void scene.ownership.stop();
    await settle();
    scene.ownership.refresh();
    await scene.pending('startDraining').answer();
    expect(scene.names()).toEqual(['read']);
  });

  it('gives nothing to a process that asks for it and stops as well', async () => {
    await scene.start();
    void scene.ownership.stop();
    await settle();
    await scene.pending('startDraining').answer();
    const view = scene.viewOf(['p0', 'p0', 'other', 'other'], { wanted: 'other' });
    await scene.pending('read').answer({
      ...view,
      processes: [aProcessRecord({ id: 'other', state: 'draining' })],
    });
    scene.released([0, 1]);
    await settle();
    expect(scene.pending('handOver').args[0]).toMatchObject([{ newOwner: null }, { newOwner: null }]);
  });
});

it('the lease counts from the moment when a heartbeat is sent', async () => {
  await scene.start();
  await scene.pass(heartbeatMs);
  const early = scene.pending('heartbeat');
  scene.now += 8_000;
  await early.answer(true);
  expect(scene.ownership.canSend).toBe(true);
  scene.now += 1_000;
  expect(scene.ownership.canSend).toBe(false);
});

it('a heartbeat that is acknowledged after its lease has ended renews nothing', async () => {
  await scene.start();
  // The lease has ended when the heartbeat is sent, too.
  await scene.pass(9_000);
  const early = scene.pending('heartbeat');
  scene.now += 9_000;
  await early.answer(true);
  expect(scene.events).toEqual([]);
  await scene.pending('read').answer(scene.viewOf(['p0', 'p0', 'other', 'other']));
  await scene.pass(heartbeatMs);
  await scene.pending('heartbeat').answer(true);
  expect(scene.events).toEqual(['renewed']);
});
