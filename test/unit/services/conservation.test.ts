import { describe, expect, it } from 'vitest';
import { toDeliveryId, lowestIdAt } from '../../../server/src/domain/ids.ts';
import type {
  ReconciliationStore,
  OwedEvent,
  RecordedDelivery,
} from '../../../server/src/domain/ports/reconciliation-store.ts';
import { createReconciliation } from '../../../server/src/services/system/reconciliation.ts';
import { anEvent } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

const owed = (change: Partial<OwedEvent> = {}): OwedEvent => {
  const { id, targets } = anEvent();
  return { id, targets, ...change };
};

const recordedOf = (event: OwedEvent, change: Partial<RecordedDelivery> = {}): RecordedDelivery => ({
  id: toDeliveryId(event.id, 0),
  eventId: event.id,
  webhookId: event.targets[0] ?? '',
  status: 'delivered',
  reason: null,
  isQueued: false,
  ...change,
});

/** A check over one slice. What is not given finds nothing. */
function checkOf(reconciliation: Partial<ReconciliationStore>) {
  const clock = new FakeClock();
  const asked: Parameters<ReconciliationStore['readSlice']>[] = [];
  const stuck: number[] = [];
  const check = createReconciliation({
    reconciliation: {
      readSlice: (...question) => {
        asked.push(question);
        return (
          reconciliation.readSlice?.(...question) ??
          Promise.resolve({ events: [], deliveries: [], next: undefined })
        );
      },
      getDeliveries: reconciliation.getDeliveries ?? (() => Promise.resolve([])),
      findExistingEvents: reconciliation.findExistingEvents ?? (() => Promise.resolve(new Set())),
      findPendingEvents: reconciliation.findPendingEvents ?? (() => Promise.resolve(new Set())),
      findStuckClaims: (before, limit) => {
        stuck.push(before);
        return reconciliation.findStuckClaims?.(before, limit) ?? Promise.resolve([]);
      },
    },
    clock,
    keepMs: 30 * dayMs,
  });
  return { check, clock, asked, stuck };
}

const sliceOf = (events: OwedEvent[], deliveries: RecordedDelivery[]) => () =>
  Promise.resolve({ events, deliveries, next: undefined });

describe('what moves while it is read', () => {
  it('is no finding: a delivery that is recorded between the reads of it and of its batch', async () => {
    const event = owed();
    const { check } = checkOf({
      readSlice: sliceOf([event], []),
      findPendingEvents: () => Promise.resolve(new Set()),
      getDeliveries: (ids) => Promise.resolve(ids.map(() => recordedOf(event))),
    });
    expect(await check({})).toMatchObject({ expected: 1, delivered: 1, unexplained: 0, findings: [] });
  });

  it('is no finding: a delivery whose event is committed after its slice was read', async () => {
    const event = owed();
    const { check } = checkOf({
      readSlice: sliceOf([], [recordedOf(event)]),
      findExistingEvents: (ids) => Promise.resolve(new Set(ids)),
    });
    expect(await check({})).toMatchObject({ unexplained: 0, findings: [] });
  });

  it('is pending: the first attempt of an event in an open batch', async () => {
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

describe('what is a finding', () => {
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

  it('is a pending delivery that is not in the queue, also where it was recorded late', async () => {
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

  it('is each target of an event that has no delivery', async () => {
    const event = owed({ targets: ['wh_a', 'wh_b', 'wh_c'] });
    const { check } = checkOf({ readSlice: sliceOf([event], [recordedOf(event)]) });
    expect(await check({})).toMatchObject({ events: 1, expected: 3, delivered: 1, unexplained: 2 });
  });

  it('is counted beyond the thousand that are named', async () => {
    const events = Array.from({ length: 1_001 }, () => owed());
    const { check } = checkOf({ readSlice: sliceOf(events, []) });
    const { unexplained, findings } = await check({});
    expect([unexplained, findings.length]).toEqual([1_001, 1_000]);
  });
});

describe('the window', () => {
  it('leaves out what retention may have half removed, and an hour more', async () => {
    const { check, clock, asked } = checkOf({});
    const oldest = clock.now() - 30 * dayMs + hourMs;
    const answer = await check({ from: 0, to: clock.now() });
    expect(answer.window.from).toBe(new Date(oldest).toISOString());
    expect(asked[0]?.slice(0, 2)).toEqual([lowestIdAt('evt_', oldest), clock.now()]);
  });

  it('is a day up to now when none is given, and begins where the caller says', async () => {
    const { check, clock, asked } = checkOf({});
    await check({});
    await check({ from: clock.now() - 5_000 });
    expect(asked.map(([from]) => from)).toEqual([
      lowestIdAt('evt_', clock.now() - dayMs),
      lowestIdAt('evt_', clock.now() - 5_000),
    ]);
  });

  it('is read slice by slice up to its end', async () => {
    const [one, two] = [owed(), owed()];
    const { check, asked } = checkOf({
      readSlice: (from) =>
        Promise.resolve(
          from === two.id
            ? { events: [two], deliveries: [recordedOf(two)], next: undefined }
            : { events: [one], deliveries: [recordedOf(one)], next: two.id },
        ),
    });
    expect(await check({})).toMatchObject({ events: 2, delivered: 2, next: null });
    expect(asked).toHaveLength(2);
  });

  it('ends a call after 50,000 events, and goes on where it ended without the stuck claims again', async () => {
    const slice = { events: Array.from({ length: 25_000 }, () => owed({ targets: [] })), deliveries: [] };
    const { check, asked, stuck } = checkOf({
      readSlice: () => Promise.resolve({ ...slice, next: 'evt_next' }),
    });
    expect(await check({})).toMatchObject({ events: 50_000, next: 'evt_next' });
    expect(asked).toHaveLength(2);
    await check({ after: 'evt_next' });
    expect(asked[2]?.[0]).toBe('evt_next');
    expect(stuck).toHaveLength(1);
  });
});

it('names a claim whose lease ended a minute ago', async () => {
  const { check, clock, stuck } = checkOf({
    findStuckClaims: (before) => Promise.resolve([{ id: 'evt_stuck', since: before - 1 }]),
  });
  expect((await check({})).findings).toMatchObject([{ kind: 'stuck_claim', id: 'evt_stuck' }]);
  expect(stuck).toEqual([clock.now() - 60_000]);
});
