import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '../../../../../server/src/domain/ports/event-feed.ts';
import { RecentEvents } from '../../../../../server/src/services/events/live/recent-events.ts';

const item = (n: number, size = 10) => {
  const event: FeedEvent = {
    id: `evt_${n}`,
    appId: 'app_a',
    accountId: 'acc_a',
    type: 'user.login',
    timestamp: '2026-01-01T00:00:00.000Z',
    acceptedAt: 0,
    dataText: 'x'.repeat(size),
  };
  return { cursor: cursorOf(n), event };
};
const cursorOf = (n: number) => String(n).padStart(4, '0');

function recentEvents({ maxEvents = 10, maxBytes = 1_000_000 } = {}) {
  const recent = new RecentEvents({ maxEvents, maxBytes });
  recent.reset(cursorOf(0));
  const idsAfter = (n: number) => [...recent.after(cursorOf(n))].map(({ event }) => event.id);
  return { recent, idsAfter };
}

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => `evt_${from + n}`);

describe('recent events', () => {
  it('have what a reader missed since any cursor, oldest first', () => {
    const { recent, idsAfter } = recentEvents();
    for (let n = 1; n <= 9; n++) recent.add(item(n));
    for (let n = 0; n <= 9; n++) expect(idsAfter(n)).toEqual(ids(n + 1, 10));
    expect(recent.position).toBe(cursorOf(9));
    for (let n = 0; n <= 9; n++) expect(recent.isFollowedBy(cursorOf(n))).toBe(true);
  });

  it('take each item once, and only behind the last one', () => {
    const { recent, idsAfter } = recentEvents();
    expect(recent.add(item(2))).toMatchObject({ cursor: cursorOf(2), event: { id: 'evt_2' } });
    expect(recent.add(item(2))).toBeUndefined();
    expect(recent.add(item(1))).toBeUndefined();
    expect(recent.add({ cursor: cursorOf(5), event: undefined })).toBeUndefined();
    expect(recent.position).toBe(cursorOf(5));
    expect(recent.add(item(4))).toBeUndefined();
    expect(idsAfter(0)).toEqual(['evt_2']);
  });

  it('keep at most as many events as allowed, and say which cursors are too old', () => {
    const { recent, idsAfter } = recentEvents({ maxEvents: 3 });
    for (let n = 1; n <= 20; n++) {
      recent.add(item(n));
      const first = Math.max(1, n - 2);
      expect(idsAfter(0)).toEqual(ids(first, n + 1));
      expect(idsAfter(n - 1)).toEqual([`evt_${n}`]);
      expect(recent.isFollowedBy(cursorOf(first - 1))).toBe(true);
      expect(recent.isFollowedBy(cursorOf(first - 2))).toBe(false);
    }
  });

  it('keep at most as much data as allowed, with what an event takes besides', () => {
    const { recent, idsAfter } = recentEvents({ maxBytes: 3_000 });
    for (const n of [1, 2]) recent.add(item(n, 988));
    expect(idsAfter(0)).toEqual(ids(1, 3));
    recent.add(item(3, 1));
    expect(idsAfter(0)).toEqual(ids(2, 4));
    expect(recent.isFollowedBy(cursorOf(0))).toBe(false);
    recent.add(item(4, 5_000));
    expect(idsAfter(0)).toEqual([]);
    expect(recent.isFollowedBy(cursorOf(4))).toBe(true);
    recent.add(item(5));
    expect(idsAfter(0)).toEqual(['evt_5']);
  });

  it('begin again after a reset, and are complete from its cursor', () => {
    const { recent, idsAfter } = recentEvents();
    recent.add(item(1));
    recent.reset(cursorOf(7));
    expect([recent.position, idsAfter(0)]).toEqual([cursorOf(7), []]);
    expect(recent.isFollowedBy(cursorOf(6))).toBe(false);
    expect(recent.isFollowedBy(cursorOf(7))).toBe(true);
    recent.add(item(8));
    expect(idsAfter(7)).toEqual(['evt_8']);
    recent.reset(undefined);
    expect(recent.isFollowedBy(cursorOf(9))).toBe(false);
    expect(recent.add(item(9))).toBeUndefined();
  });
});
