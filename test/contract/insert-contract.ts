import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AcceptedEvent } from '../../server/src/domain/event.ts';
import { toPartition } from '../../server/src/domain/partition.ts';
import { anEvent } from '../support/builders.ts';
import type { StoresHarness } from './stores-harness.ts';

/** Ids of an app of its own, for each test. */
const anAppId = () => `app_${randomUUID()}`;

/** What a store does with the events of one insert. */
export function insertContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: an insert that meets duplicates`, () => {
    it('finds all of them at once, and stores the rest', async () => {
      await using h = open();
      const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
      const appId = anAppId();
      const toEvents = () => keys.map((key) => anEvent({ appId, idempotencyKey: key }));
      const first = toEvents().filter((_, index) => index % 2 === 0);
      await h.events.insertMany(first);
      const { batches, duplicates } = await h.events.insertMany(toEvents());
      expect(batches.flatMap((batch) => batch.events)).toHaveLength(30);
      expect(new Set([...duplicates.values()].map(({ id }) => id))).toEqual(
        new Set(first.map(({ id }) => id)),
      );
    });

    it('stores an event whose key is free again, because the event that had it is gone', async () => {
      await using h = open();
      const appId = anAppId();
      const make = () => anEvent({ appId, idempotencyKey: 'k' });
      const [gone, next, last] = [make(), make(), make()];
      await h.events.insertMany([gone]);
      await h.lose(gone.id);
      expect((await h.events.insertMany([next])).batches).toEqual([{ id: next.id, events: [next] }]);
      expect((await h.events.insertMany([last])).duplicates.get(last.id)?.id).toBe(next.id);
    });

    it('recognizes its own events, with and without a key', async () => {
      await using h = open();
      const appId = anAppId();
      const own = [anEvent({ appId }), anEvent({ appId, idempotencyKey: 'k' })];
      await h.events.insertMany(own);
      const fresh = anEvent();
      const { batches, duplicates } = await h.events.insertMany([...own, fresh]);
      expect(batches).toEqual([{ id: fresh.id, events: [fresh] }]);
      expect(duplicates.size).toBe(0);
    });
  });

  describe(`${name}: events of several senders`, () => {
    const toSender = ({ targets: [webhookId] }: AcceptedEvent) => webhookId;
    const to = (webhookId: string, fields: Partial<AcceptedEvent> = {}) =>
      anEvent({ appId: anAppId(), targets: [webhookId], ...fields });

    it('get an entry for each sender', async () => {
      await using h = open();
      const [a, b, c, d] = [to('wh_1'), to('wh_2'), to('wh_1'), to('wh_2')];
      const { batches } = await h.events.insertMany([a, b, c, d], { findSender: toSender });
      expect(batches).toEqual([
        { id: a.id, events: [a, c] },
        { id: b.id, events: [b, d] },
      ]);
      const entries = await h.queue.getOpenEntries([a, b, c, d].map(({ id }) => id));
      expect(entries).toEqual([
        { id: a.id, eventIds: [a.id, c.id], open: [toPartition('wh_1')] },
        { id: b.id, eventIds: [b.id, d.id], open: [toPartition('wh_2')] },
      ]);
    });

    it('stay in order within an app', async () => {
      await using h = open();
      const appId = anAppId();
      const events = ['wh_1', 'wh_2', 'wh_1'].map((webhookId) => to(webhookId, { appId }));
      const { batches } = await h.events.insertMany(events, { findSender: toSender });
      expect(batches).toEqual([{ id: events[0]?.id, events }]);
    });

    it('are all stored if the first one of a sender is a duplicate', async () => {
      await using h = open();
      const stored = to('wh_2', { idempotencyKey: 'b' });
      await h.events.insertMany([stored]);
      const [a, c] = [to('wh_1'), to('wh_2')];
      const again = to('wh_2', { appId: stored.appId, idempotencyKey: 'b' });
      const { batches, duplicates } = await h.events.insertMany([a, again, c], { findSender: toSender });
      expect(batches).toEqual([
        { id: a.id, events: [a] },
        { id: c.id, events: [c] },
      ]);
      expect([...duplicates.keys()]).toEqual([again.id]);
    });

    it('are all stored with entries if some are duplicates', async () => {
      await using h = open();
      const stored = [to('wh_1', { idempotencyKey: 'a' }), to('wh_2', { idempotencyKey: 'b' })];
      await h.events.insertMany(stored);
      const repeats = stored.map(({ appId, idempotencyKey, targets: [webhookId = ''] }) =>
        to(webhookId, { appId, idempotencyKey }),
      );
      const fresh = ['wh_1', 'wh_2', 'wh_2', 'wh_1'].map((webhookId) => to(webhookId));
      const given = [fresh[0], ...repeats, ...fresh.slice(1)].filter((event) => event !== undefined);
      const { batches, duplicates } = await h.events.insertMany(given, { findSender: toSender });
      expect([...duplicates.keys()].sort()).toEqual(repeats.map(({ id }) => id).sort());
      expect(batches.flatMap(({ events }) => events.map(({ id }) => id)).sort()).toEqual(
        fresh.map(({ id }) => id).sort(),
      );
      const entries = await h.queue.getOpenEntries(batches.map(({ id }) => id));
      const owed = entries.flatMap(({ eventIds }) => eventIds);
      expect(fresh.filter(({ id }) => !owed.includes(id))).toEqual([]);
    });
  });

  it(`${name}: reports an event whose place a tombstone has taken, and stores the others`, async () => {
    await using h = open();
    const appId = anAppId();
    const [plain, keyed, other] = [
      anEvent({ appId }),
      anEvent({ appId, idempotencyKey: 'k' }),
      anEvent({ appId }),
    ];
    await h.bury([plain, keyed]);
    const { batches, duplicates, tooLate } = await h.events.insertMany([plain, keyed, other]);
    expect(batches).toEqual([{ id: other.id, events: [other] }]);
    expect([duplicates.size, tooLate]).toEqual([0, new Set([plain.id, keyed.id])]);
  });

  it(`${name}: stores nothing of an ordered call after an event that is too late, and all of others`, async () => {
    await using h = open();
    const appId = anAppId();
    const [first, lost, next, last] = Array.from({ length: 4 }, () => anEvent({ appId }));
    const others = Array.from({ length: 3 }, () => anEvent({ appId }));
    const [otherFirst, otherLast, single] = others;
    if (!first || !lost || !next || !last || !otherFirst || !otherLast || !single)
      throw new Error('seven events');
    await h.bury([lost]);
    const [call, otherCall] = [{}, {}];
    const sequences = new Map<AcceptedEvent, object>([
      ...[first, lost, next, last].map((event) => [event, call] as const),
      [otherFirst, otherCall],
      [otherLast, otherCall],
    ]);
    const given = [first, otherFirst, lost, next, single, otherLast, last];
    const { batches, duplicates, tooLate } = await h.events.insertMany(given, {
      findSequence: (event) => sequences.get(event),
    });
    const stored = batches.flatMap(({ events }) => events.map(({ id }) => id));
    expect(stored.toSorted()).toEqual([first, ...others].map(({ id }) => id).toSorted());
    expect(tooLate).toEqual(new Set([lost, next, last].map(({ id }) => id)));
    expect(duplicates.size).toBe(0);
    const found = await h.events.getMany(given.map(({ id }) => id));
    expect([...found.keys()].toSorted()).toEqual(stored.toSorted());
  });
}
