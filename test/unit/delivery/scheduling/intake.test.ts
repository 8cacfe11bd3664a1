import { describe, expect, it, vi } from 'vitest';
import { EntryTracker } from '../../../../server/src/delivery/scheduling/entry-tracker.ts';
import { HeldDeliveries } from '../../../../server/src/delivery/scheduling/held-deliveries.ts';
import { Intake } from '../../../../server/src/delivery/scheduling/intake.ts';
import type { Task } from '../../../../server/src/delivery/scheduling/task.ts';
import type { AcceptedEvent } from '../../../../server/src/domain/event.ts';
import { anEvent } from '../../../support/builders.ts';
import { webhookIn } from '../../../support/webhook-in.ts';
import { aDelivery, anOwedEntry, aTask } from './arrange.ts';

const [w1, w1b, w2, w3] = [webhookIn(1), webhookIn(1, 1), webhookIn(2), webhookIn(3)];

/** Owns the partitions 1 and 2. */
class Scene {
  readonly entries = new EntryTracker();
  readonly held = new HeldDeliveries(vi.fn());
  readonly queued: Task[] = [];
  readonly closed: string[] = [];
  readonly entered = vi.fn();
  readonly owned = new Set([1, 2]);
  readonly intake = new Intake({
    held: this.held,
    entries: this.entries,
    memory: { enter: this.entered },
    dispatcher: { enqueue: (task) => void this.queued.push(task) },
    completion: { closeEntry: (id, partition) => void this.closed.push(`${id} ${partition}`) },
    owns: (partition) => this.owned.has(partition),
  });

  constructor() {
    this.intake.start();
  }

  get queuedIds(): string[] {
    return this.queued.map(({ delivery }) => delivery.deliveryId);
  }

  add(events: readonly AcceptedEvent[], hasPlace: (event: AcceptedEvent) => boolean = () => true) {
    return this.intake.addBatch({ id: events[0]?.id ?? '', events }, hasPlace);
  }

  /** Whether the partition is closed after its last result, and not before. */
  closes(entryId: string, partition: number): boolean {
    const queued = this.queued.filter((task) => task.entryId === entryId && task.partition === partition);
    const results = queued.map(({ delivery }) =>
      this.entries.countDown(entryId, partition, delivery.deliveryId),
    );
    return results.length > 0 && results.indexOf(true) === results.length - 1;
  }
}

const never = () => false;
const idsOf = (event: AcceptedEvent) => event.targets.map((_, index) => aDelivery(event, index).deliveryId);

describe('a batch that was just stored', () => {
  it('is taken as a whole, and closed after its last result', () => {
    const scene = new Scene();
    const [first, second] = [anEvent({ targets: [w1, w2] }), anEvent({ targets: [w1b] })];
    expect(scene.add([first, second]).size).toBe(0);
    expect(scene.queuedIds.sort()).toEqual([...idsOf(first), ...idsOf(second)].sort());
    expect(scene.entered).toHaveBeenCalledTimes(3);
    expect(scene.closes(first.id, 1)).toBe(true);
    expect(scene.closes(first.id, 2)).toBe(true);
  });

  it('leaves a partition to the sweep if one of its events has no place', () => {
    const scene = new Scene();
    const [placed, unplaced] = [anEvent({ targets: [w1, w2] }), anEvent({ targets: [w1b] })];
    scene.add([placed, unplaced], (event) => event === placed);
    expect(scene.queuedIds).toEqual([idsOf(placed)[1]]);
    expect(scene.entries.isTracked(placed.id, 1)).toBe(false);
    expect(scene.entries.isTracked(placed.id, 2)).toBe(true);
  });

  it('leaves a partition to the sweep that was acquired while the batch was stored', () => {
    const scene = new Scene();
    const since = performance.now() - 1;
    scene.intake.markAcquired([1]);
    const event = anEvent({ targets: [w1, w2] });
    expect(scene.intake.addBatch({ id: event.id, events: [event] }, () => true, since).size).toBe(0);
    expect(scene.queuedIds).toEqual([idsOf(event)[1]]);
    const later = anEvent({ targets: [w1] });
    scene.intake.addBatch({ id: later.id, events: [later] }, () => true, performance.now() + 1);
    expect(scene.queuedIds).toContain(idsOf(later)[0]);
  });

  it('takes a partition that was acquired at the moment when the insert began', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const scene = new Scene();
    scene.intake.markAcquired([1]);
    const event = anEvent({ targets: [w1] });
    scene.intake.addBatch({ id: event.id, events: [event] }, () => true, performance.now());
    vi.useRealTimers();
    expect(scene.queuedIds).toEqual(idsOf(event));
  });

  it('leaves the partitions of other owners to them', () => {
    const scene = new Scene();
    const event = anEvent({ targets: [w3, w2] });
    expect([...scene.add([event])]).toEqual([3]);
    expect(scene.queuedIds).toEqual([idsOf(event)[1]]);
    expect(scene.entries.isTracked(event.id, 3)).toBe(false);
  });

  it('is left alone while the process does not send', () => {
    const scene = new Scene();
    scene.intake.stop();
    expect(scene.intake.isAccepting).toBe(false);
    expect([...scene.add([anEvent({ targets: [w1, w3] })])]).toEqual([3]);
    expect(scene.queued).toEqual([]);
    expect(scene.entries.size).toBe(0);
  });
});

describe('an entry that was read', () => {
  it('is taken without the deliveries that have a document', () => {
    const scene = new Scene();
    const [first, second] = [anEvent({ targets: [w1, w2, w3] }), anEvent({ targets: [w1b, w1] })];
    const entry = anOwedEntry([first, second], {
      events: [
        { event: first, missing: [0, 1] },
        { event: second, missing: [1] },
      ],
    });
    scene.intake.addEntry(entry, never);
    expect(scene.queuedIds).toEqual([idsOf(first)[0], idsOf(second)[1], idsOf(first)[1]]);
    expect(scene.queued.every(({ entryId }) => entryId === first.id)).toBe(true);
    expect(scene.closes(first.id, 1)).toBe(true);
    expect(scene.entries.isTracked(first.id, 3)).toBe(false);
    expect(scene.closed).toEqual([]);
  });

  it('is taken once', () => {
    const scene = new Scene();
    const event = anEvent({ targets: [w1] });
    scene.add([event]);
    scene.intake.addEntry(anOwedEntry([event]), never);
    expect(scene.queued).toHaveLength(1);
    expect(scene.closes(event.id, 1)).toBe(true);
  });

  it('is closed at once if all its deliveries have documents', () => {
    const scene = new Scene();
    const event = anEvent({ targets: [w1, w2] });
    scene.intake.addEntry(anOwedEntry([event], { events: [{ event, missing: [1] }] }), never);
    expect(scene.closed).toEqual([`${event.id} 1`]);
    expect(scene.entries.isTracked(event.id, 1)).toBe(false);
  });

  it('stays open while an event may still be stored, also if nothing is owed now', () => {
    const scene = new Scene();
    const event = anEvent({ targets: [w1, w2] });
    const events = [{ event, missing: [1] }];
    scene.intake.addEntry(anOwedEntry([event], { events, isComplete: false }), never);
    expect(scene.closed).toEqual([]);
    expect(scene.queued).toHaveLength(1);
    expect(scene.closes(event.id, 2)).toBe(false);
  });

  it('leaves a partition to a later sweep if one of its deliveries is in memory already', () => {
    const scene = new Scene();
    const event = anEvent({ targets: [w1, w1b, w2] });
    scene.held.add(aTask(event, 0));
    scene.intake.addEntry(anOwedEntry([event]), never);
    expect(scene.queuedIds).toEqual([idsOf(event)[2]]);
    expect(scene.entries.isTracked(event.id, 1)).toBe(false);
    expect(scene.closed).toEqual([]);
  });

  it('leaves a partition to a later sweep if one of its deliveries left memory during the read', () => {
    const scene = new Scene();
    const event = anEvent({ targets: [w1, w1b, w2] });
    scene.intake.addEntry(anOwedEntry([event]), (id) => id === idsOf(event)[1]);
    expect(scene.queuedIds).toEqual([idsOf(event)[2]]);
    expect(scene.entries.isTracked(event.id, 1)).toBe(false);
  });

  it('is left alone while the process does not send', () => {
    const scene = new Scene();
    scene.intake.stop();
    const event = anEvent({ targets: [w1] });
    scene.intake.addEntry(anOwedEntry([event], { events: [{ event, missing: [] }] }), never);
    expect([scene.queued.length, scene.closed.length, scene.entries.size]).toEqual([0, 0, 0]);
  });
});

describe('deliveries that are due', () => {
  it('are taken once, and only from own partitions', () => {
    const scene = new Scene();
    const event = anEvent({ targets: [w1, w3] });
    const due = [aDelivery(event, 0, 1), aDelivery(event, 1, 1)];
    scene.intake.addDue(due);
    scene.intake.addDue(due);
    expect(scene.queued).toEqual([{ delivery: due[0], partition: 1, entryId: undefined }]);
    expect(scene.entered).toHaveBeenCalledTimes(1);
    expect(scene.held.size).toBe(1);
  });

  it('are left alone while the process does not send', () => {
    const scene = new Scene();
    scene.intake.stop();
    scene.intake.addDue([aDelivery(anEvent({ targets: [w1] }), 0, 1)]);
    expect(scene.queued).toEqual([]);
  });
});

it('accepts nothing before the start', () => {
  const ignore = vi.fn();
  const intake = new Intake({
    held: new HeldDeliveries(ignore),
    entries: new EntryTracker(),
    memory: { enter: ignore },
    dispatcher: { enqueue: ignore },
    completion: { closeEntry: ignore },
    owns: () => true,
  });
  expect(intake.isAccepting).toBe(false);
  intake.start();
  expect(intake.isAccepting).toBe(true);
});
