import { describe, expect, it } from 'vitest';
import { toDeliveryId, lowestIdAt } from '../../../../server/src/domain/ids.ts';
import type {
  OwedEvent,
  ReconciliationStore,
  RecordedDelivery,
} from '../../../../server/src/domain/ports/reconciliation-store.ts';
import {
  createReconciliation,
  createSystemAudit,
} from '../../../../server/src/services/system/reconciliation.ts';
import { accessTo, keyActor, rootActor } from '../../../support/actors.ts';
import { anEvent } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

const owed = (change: Partial<OwedEvent> = {}): OwedEvent => {
  const { id, appId, targets } = anEvent();
  return { id, appId, targets, ...change };
};

const recordedOf = (event: OwedEvent, change: Partial<RecordedDelivery> = {}): RecordedDelivery => ({
  id: toDeliveryId(event.id, 0),
  appId: event.appId,
  eventId: event.id,
  webhookId: event.targets[0] ?? '',
  status: 'delivered',
  reason: null,
  isQueued: false,
  ...change,
});

/** A check over one slice. Methods that are not given find nothing. */
function checkOf(reconciliation: Partial<ReconciliationStore>) {
  const clock = new FakeClock();
  const ranges: Parameters<ReconciliationStore['readSlice']>[] = [];
  const stuck: number[] = [];
  const check = createReconciliation({
    reconciliation: {
      readSlice: (...range) => {
        ranges.push(range);
        return (
          reconciliation.readSlice?.(...range) ??
          Promise.resolve({ events: [], deliveries: [], next: undefined })
        );
      },
      getDeliveries: reconciliation.getDeliveries ?? (() => Promise.resolve([])),
      findDeletedApps: reconciliation.findDeletedApps ?? (() => Promise.resolve(new Set())),
      findExistingEvents: reconciliation.findExistingEvents ?? (() => Promise.resolve(new Set())),
      findPendingEvents: reconciliation.findPendingEvents ?? (() => Promise.resolve(new Set())),
      findStuckEntries: (before, limit) => {
        stuck.push(before);
        return reconciliation.findStuckEntries?.(before, limit) ?? Promise.resolve([]);
      },
    },
    clock,
    keepMs: 30 * dayMs,
  });
  return { check, clock, ranges, stuck };
}

const sliceOf = (events: OwedEvent[], deliveries: RecordedDelivery[]) => () =>
  Promise.resolve({ events, deliveries, next: undefined });

describe('a change during the check', () => {
  it('is not a finding if a delivery is stored between the reads of it and of its outbox entry', async () => {
    const event = owed();
    const { check } = checkOf({
      readSlice: sliceOf([event], []),
      findPendingEvents: () => Promise.resolve(new Set()),
      getDeliveries: (ids) => Promise.resolve(ids.map(() => recordedOf(event))),
    });
    expect(await check({})).toMatchObject({ expected: 1, delivered: 1, unexplained: 0, findings: [] });
  });

  it('is not a finding if an event is committed after its slice was read', async () => {
    const event = owed();
    const { check } = checkOf({
      readSlice: sliceOf([], [recordedOf(event)]),
      findExistingEvents: (ids) => Promise.resolve(new Set(ids)),
    });
    expect(await check({})).toMatchObject({ unexplained: 0, findings: [] });
  });

  it('counts as pending if the first attempt of an event is in flight', async () => {
    const [open, lost] = [owed(), owed()];
    const { check } = checkOf({
      readSlice: sliceOf([open, lost], []),
      findPendingEvents: () => Promise.resolve(new Set([open.id])),
    });
    expect(await check({})).toMatchObject({
      expected: 2,
      pending: 1,
      reasons: [{ status: 'pending', reason: 'awaiting_first_attempt', count: 1 }],
      findings: [{ kind: 'event_without_delivery', id: lost.id }],
    });
  });
});

it('reports nothing of deleted apps, whose objects are erased one after the other', async () => {
  const [kept, erased] = [owed({ appId: 'app_kept' }), owed({ appId: 'app_deleted' })];
  const orphans = [kept, erased].map(({ appId }) => recordedOf(owed({ appId })));
  const { check } = checkOf({
    readSlice: sliceOf([kept, erased], orphans),
    findDeletedApps: () => Promise.resolve(new Set(['app_deleted'])),
  });
  const { findings } = await check({});
  expect(findings.map(({ kind, id }) => [kind, id])).toEqual([
    ['event_without_delivery', kept.id],
    ['delivery_without_event', orphans[0]?.id],
  ]);
});

describe('a finding', () => {
  it('is a delivery without an event, once for each', async () => {
    const [gone, there] = [owed(), owed()];
    const { check } = checkOf({
      readSlice: sliceOf([], [recordedOf(gone), recordedOf(there)]),
      findExistingEvents: () => Promise.resolve(new Set([there.id])),
    });
    expect((await check({})).findings).toMatchObject([
      { kind: 'delivery_without_event', id: toDeliveryId(gone.id, 0) },
    ]);
  });

  it('is a pending delivery that is not in the queue, even if it was stored late', async () => {
    const [early, late] = [owed(), owed()];
    const unqueued = { status: 'pending', reason: 'awaiting_retry', isQueued: false } as const;
    const { check } = checkOf({
      readSlice: sliceOf([early, late], [recordedOf(early, unqueued)]),
      getDeliveries: () => Promise.resolve([recordedOf(late, unqueued)]),
    });
    const { findings, pending } = await check({});
    expect(pending).toBe(2);
    expect(findings.map(({ kind, id }) => `${kind} ${id}`)).toEqual(
      [early, late].map((event) => `pending_not_queued ${toDeliveryId(event.id, 0)}`),
    );
  });

  it('is a target whose delivery belongs to another webhook', async () => {
    const event = owed({ targets: ['wh_a'] });
    const { check } = checkOf({ readSlice: sliceOf([event], [recordedOf(event, { webhookId: 'wh_b' })]) });
    const { findings, ...counts } = await check({});
    expect(counts).toMatchObject({ expected: 1, delivered: 0, unexplained: 1 });
    expect(findings).toMatchObject([{ kind: 'event_without_delivery', id: event.id }]);
  });

  it('is each target of an event that has no delivery', async () => {
    const event = owed({ targets: ['wh_a', 'wh_b', 'wh_c'] });
    const { check } = checkOf({ readSlice: sliceOf([event], [recordedOf(event)]) });
    expect(await check({})).toMatchObject({ events: 1, expected: 3, delivered: 1, unexplained: 2 });
  });

  it('is counted beyond the thousand that are listed', async () => {
    const events = Array.from({ length: 1_001 }, () => owed());
    const { check } = checkOf({ readSlice: sliceOf(events, []) });
    const { unexplained, findings } = await check({});
    expect([unexplained, findings.length]).toEqual([1_001, 1_000]);
  });
});

describe('the window', () => {
  it('starts at the retention limit plus an hour at the earliest', async () => {
    const { check, clock, ranges } = checkOf({});
    const oldest = clock.now() - 30 * dayMs + hourMs;
    const answer = await check({ from: 0, to: clock.now() });
    expect(answer.window.from).toBe(new Date(oldest).toISOString());
    expect(ranges[0]?.slice(0, 2)).toEqual([lowestIdAt('evt_', oldest), clock.now()]);
  });

  it('is the last day by default, and begins where the caller says', async () => {
    const { check, clock, ranges } = checkOf({});
    await check({});
    await check({ from: clock.now() - 5_000 });
    expect(ranges.map(([from]) => from)).toEqual([
      lowestIdAt('evt_', clock.now() - dayMs),
      lowestIdAt('evt_', clock.now() - 5_000),
    ]);
  });

  it('is read slice by slice up to its end', async () => {
    const [one, two] = [owed(), owed()];
    const { check, ranges } = checkOf({
      readSlice: (from) =>
        Promise.resolve(
          from === two.id
            ? { events: [two], deliveries: [recordedOf(two)], next: undefined }
            : { events: [one], deliveries: [recordedOf(one)], next: two.id },
        ),
    });
    expect(await check({})).toMatchObject({ events: 2, delivered: 2, next: null });
    expect(ranges).toHaveLength(2);
  });

  it('ends a call after 500,000 deliveries or 8 s, but never before it has read a slice', async () => {
    const wide = owed({ targets: Array.from({ length: 250_000 }, () => 'wh_a') });
    const { check, ranges } = checkOf({
      readSlice: () => Promise.resolve({ events: [wide], deliveries: [], next: 'evt_next' }),
      findPendingEvents: (ids) => Promise.resolve(new Set(ids)),
    });
    expect(await check({})).toMatchObject({ expected: 500_000, pending: 500_000, next: 'evt_next' });
    expect(ranges).toHaveLength(2);
    const slow = checkOf({
      readSlice: () => {
        slow.clock.advance(4_000);
        return Promise.resolve({ events: [], deliveries: [], next: 'evt_next' });
      },
    });
    expect(await slow.check({})).toMatchObject({ next: 'evt_next' });
    expect(slow.ranges).toHaveLength(2);
  });

  it('ends a call after 50,000 events, and the next one continues without the stuck claims', async () => {
    const slice = { events: Array.from({ length: 25_000 }, () => owed({ targets: [] })), deliveries: [] };
    const { check, ranges, stuck } = checkOf({
      readSlice: () => Promise.resolve({ ...slice, next: 'evt_next' }),
    });
    expect(await check({})).toMatchObject({ events: 50_000, next: 'evt_next' });
    expect(ranges).toHaveLength(2);
    await check({ after: 'evt_next' });
    expect(ranges[2]?.[0]).toBe('evt_next');
    expect(stuck).toHaveLength(1);
  });
});

it('reports an entry that no process owns for a minute', async () => {
  const { check, clock, stuck } = checkOf({
    findStuckEntries: (before) => Promise.resolve([{ id: 'evt_stuck', since: before - 1 }]),
  });
  expect((await check({})).findings).toMatchObject([{ kind: 'stuck_claim', id: 'evt_stuck' }]);
  expect(stuck).toEqual([clock.now() - 60_000]);
});

it('is for the operator, who names the window', async () => {
  const windows: unknown[] = [];
  const { check } = checkOf({});
  const audit = createSystemAudit(accessTo({}), async (window) => {
    windows.push(window);
    return await check(window);
  });
  await audit(rootActor, {
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-01-02T00:00:00.000Z',
    after: 'evt_a',
  });
  await audit(rootActor, {});
  const from = Date.parse('2026-01-01T00:00:00.000Z');
  expect(windows).toEqual([
    { from, to: from + dayMs, after: 'evt_a' },
    { from: undefined, to: undefined, after: undefined },
  ]);
  await expect(audit(keyActor(), {})).rejects.toMatchObject({
    code: 'SCOPE_MISSING',
    message: 'this call needs the root token',
  });
});
