import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { TocsinClientError, type ClientErrorCode } from '../../../../client/src/errors.ts';
import { outboxStoreCases } from '../../../../client/src/outbox/index.ts';
import { runLane } from '../../../../client/src/outbox/lane.ts';
import type { OutboxEvent } from '../../../../client/src/outbox/outbox-store.ts';
import { toRelaySettings, type RelayOptions } from '../../../../client/src/outbox/relay-options.ts';
import { Relay } from '../../../../client/src/outbox/relay.ts';
import type { PublishOutcome } from '../../../../client/src/publish/types.ts';
import { MemoryOutboxStore } from '../../../support/memory-outbox-store.ts';

const ok: PublishOutcome = { ok: true, id: 'evt_1', deliveries: 0 };
const relays: Relay[] = [];

/** Delays are a hundredth of what they are at most. */
const random = vi.spyOn(Math, 'random').mockReturnValue(0.01);

afterAll(() => random.mockRestore());

afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.close();
});

function toEvent(number: number, appId = 'a'): OutboxEvent {
  return { id: `obx_${appId}_${number}`, appId, type: 't', text: '{}' };
}

function failed(code: ClientErrorCode, retryable = true): PublishOutcome {
  return { ok: false, error: new TocsinClientError(code, 'not now', { retryable }) };
}

type Publish = (events: readonly [OutboxEvent, ...OutboxEvent[]]) => readonly PublishOutcome[];

function startRelay(store: MemoryOutboxStore, publish: Publish, options: RelayOptions = {}) {
  const waits: number[] = [];
  const relay = new Relay({
    store,
    publish: (events) => Promise.resolve(publish(events)),
    settings: toRelaySettings({ searchMs: 60_000, ...options }, 'this process'),
    log: {
      debug: () => undefined,
      warn: (fields) => {
        if ('waitMs' in fields) waits.push(Number(fields.waitMs));
      },
    },
  });
  relays.push(relay);
  return { relay, waits };
}

describe('the store of the tests', () => {
  it.each(outboxStoreCases)('$name', async ({ run }) => {
    const store = new MemoryOutboxStore();
    await run({ store, transact: (work) => store.transact(work) });
  });
});

describe('the relay', () => {
  it('publishes what commits after the first search and before watching begins', async () => {
    const store = new MemoryOutboxStore();
    store.onWatch = () => store.commit(toEvent(1));
    const { relay } = startRelay(store, (events) => events.map(() => ok));
    await expect.poll(() => relay.counts.published).toBe(1);
  });

  it('does not wait longer and longer for an app whose events are published bit by bit', async () => {
    const store = new MemoryOutboxStore();
    store.commit(...Array.from({ length: 12 }, (_, number) => toEvent(number)));
    const { relay, waits } = startRelay(store, (events) =>
      events.length > 1 ? [ok, failed('RATE_LIMITED')] : [ok],
    );
    await expect.poll(() => relay.counts.published).toBe(12);
    expect(waits).toEqual(Array.from({ length: 11 }, () => 2));
  });

  it('waits longer and longer for an app of which nothing is published', async () => {
    const store = new MemoryOutboxStore();
    store.commit(toEvent(1));
    let failures = 0;
    const { relay, waits } = startRelay(store, () => [++failures > 4 ? ok : failed('RATE_LIMITED')]);
    await expect.poll(() => relay.counts.published).toBe(1);
    expect(waits).toEqual([2, 4, 8, 16]);
  });

  it('continues soon after a failure of the database, however many there were before', async () => {
    const store = new MemoryOutboxStore();
    let searches = 0;
    store.onCall = (name) => {
      if (name === 'listApps' && ++searches % 3 === 0) throw new Error('the database is away');
    };
    const { relay } = startRelay(store, (events) => events.map(() => ok), { searchMs: 50 });
    await expect.poll(() => searches, { timeout: 5_000 }).toBeGreaterThan(40);
    store.commit(toEvent(1));
    await expect.poll(() => relay.counts.published).toBe(1);
  });

  it('publishes the rest of an app at once after everything had to wait', async () => {
    const store = new MemoryOutboxStore();
    store.commit(toEvent(1), toEvent(2), toEvent(3));
    let calls = 0;
    const { relay } = startRelay(store, (events) => {
      if (++calls === 2) return [failed('NETWORK')];
      return events.slice(0, 1).map(() => ok);
    });
    await expect.poll(() => relay.counts.published).toBe(3);
    expect(relay.counts.failures).toBe(1);
  });

  it('ends its term when another process has the lease, and publishes nothing more', async () => {
    const store = new MemoryOutboxStore();
    const { relay } = startRelay(store, (events) => events.map(() => ok), { leaseMs: 60 });
    await expect.poll(() => relay.counts.state).toBe('active');
    await store.endLease(1);
    await store.takeLease('another process', 60_000);
    await expect.poll(() => relay.counts.state).toBe('standby');
    store.commit(toEvent(1));
    expect(store.pending).toHaveLength(1);
  });
});

describe('a run of the relay', () => {
  it('has more to do if the lease ended before all events had their turn', async () => {
    const store = new MemoryOutboxStore();
    const fence = (await store.takeLease('this process', 60_000)) ?? 0;
    store.commit(toEvent(1), toEvent(2));
    let requests = 0;
    const deps = {
      store,
      fence,
      publish: () => Promise.resolve([ok]),
      isLeased: () => requests++ === 0,
      isGivenUp: () => false,
    };
    expect(await runLane(deps, 'a', 50)).toMatchObject({ published: 1, loaded: 2, hasMore: true });
    expect(await runLane({ ...deps, isLeased: () => true }, 'a', 50)).toMatchObject({
      published: 1,
      hasMore: false,
    });
  });
});
