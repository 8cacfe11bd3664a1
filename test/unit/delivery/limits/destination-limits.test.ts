import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DestinationLimits } from '../../../../server/src/delivery/limits/destination-limits.ts';
import { destinations } from '../../../../server/src/delivery/destinations/registry.ts';
import type {
  DestinationLimit,
  DestinationLimitStore,
} from '../../../../server/src/domain/ports/destination-limits.ts';
import type { SendResult } from '../../../../server/src/domain/send-result.ts';

const start = Date.parse('2026-01-01T00:00:00.000Z');

beforeEach(() => {
  vi.useFakeTimers({ now: start });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Limits that all processes of a test share. A save reaches them at once. */
class MemoryLimits implements DestinationLimitStore {
  readonly saves: (readonly DestinationLimit[])[] = [];
  readonly listeners: DestinationLimits[] = [];
  readonly #limits = new Map<string, number>();
  isAway = false;

  save(limits: readonly DestinationLimit[]): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('no database'));
    this.saves.push(limits);
    for (const { key, until } of limits) this.#limits.set(key, Math.max(until, this.#limits.get(key) ?? 0));
    for (const listener of this.listeners) listener.onLimits(limits);
    return Promise.resolve();
  }

  findActive(now: number): Promise<DestinationLimit[]> {
    if (this.isAway) return Promise.reject(new Error('no database'));
    const limits = [...this.#limits].map(([key, until]) => ({ key, until }));
    return Promise.resolve(limits.filter(({ until }) => until > now));
  }
}

function aProcess(store = new MemoryLimits(), options: { share?: number; invalidPauseMs?: number } = {}) {
  const { share = 1, invalidPauseMs = 0 } = options;
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const invalidRequests = { count: vi.fn(() => invalidPauseMs), stop: vi.fn(() => Promise.resolve()) };
  const clock = { now: () => Date.now() };
  const meter = { countLimit: vi.fn() };
  const limits = new DestinationLimits({ store, invalidRequests, getShare: () => share, clock, meter, log });
  store.listeners.push(limits);
  const webhook = (token: string, accountId = 'acc_1', origin = 'https://discord.com') =>
    limits.getWebhookLimits(destinations.discord, new URL(`${origin}/api/webhooks/1/${token}`), accountId);
  return { limits, store, log, meter, invalidRequests, webhook };
}

function toResult(
  statusCode: number,
  reply = '',
  headers: Readonly<Record<string, string>> = {},
): SendResult {
  return { kind: 'answered', statusCode, reply, headers, retryAfter: undefined, durationMs: 5 };
}

const globalLimit = toResult(429, '{"retry_after": 20, "global": true}');
const ownLimit = toResult(429, '{"retry_after": 20, "global": false}');

it('is counted once, by the process that found it and by what it covers', async () => {
  const one = aProcess(undefined, { invalidPauseMs: 60_000 });
  const two = aProcess(one.store);
  one.webhook('a').apply(globalLimit, start);
  one.webhook('b').apply(globalLimit, start);
  one.webhook('a').apply(ownLimit, start);
  await vi.advanceTimersByTimeAsync(50);
  expect(one.meter.countLimit.mock.calls).toEqual([['address'], ['account'], ['route']]);
  expect(two.meter.countLimit).not.toHaveBeenCalled();
});

describe('a limit of an address', () => {
  it('stops all webhooks of the service, in this process at once and in others after it was stored', async () => {
    const one = aProcess();
    const two = aProcess(one.store);
    const [first, second, other] = [one.webhook('a'), one.webhook('b', 'acc_2'), two.webhook('c', 'acc_3')];
    expect(first.apply(globalLimit, start)).toBe(true);
    expect(first.service.pausedUntil).toBe(start + 20_000);
    expect(second.service.pausedUntil).toBe(start + 20_000);
    expect(other.service.pausedUntil).toBe(Number.NEGATIVE_INFINITY);
    await vi.advanceTimersByTimeAsync(50);
    expect(other.service.pausedUntil).toBe(start + 20_000);
    expect(two.webhook('d', 'acc_4').service.pausedUntil).toBe(start + 20_000);
    expect(one.store.saves).toEqual([[{ key: 'address:discord.com', until: start + 20_000 }]]);
  });

  it('stops no other service, and no webhook by its own limit', () => {
    const { webhook } = aProcess();
    const [limited, elsewhere] = [webhook('a'), webhook('a', 'acc_1', 'https://chat.example')];
    limited.apply(globalLimit, start);
    expect(elsewhere.service.pausedUntil).toBe(Number.NEGATIVE_INFINITY);
    expect(elsewhere.service.reserveStart(start)).toBe(start);
    expect(webhook('b').limiter.notBefore).toBe(0);
  });

  it('ends by itself, and lets webhooks start one after the other', () => {
    const { webhook } = aProcess();
    const [first, second] = [webhook('a').service, webhook('b').service];
    webhook('c').apply(globalLimit, start);
    expect(first.reserveStart(start)).toBe(start + 20_000);
    expect(second.reserveStart(start)).toBe(start + 20_050);
    expect(first.reserveStart(start + 20_000)).toBe(start + 20_000);
    first.start();
    expect(first.reserveStart(start + 20_000)).toBe(start + 20_100);
    expect(second.reserveStart(start + 20_000)).toBe(start + 20_050);
  });

  it('moves reservations behind a new pause', () => {
    const { webhook } = aProcess();
    const [first, second] = [webhook('a'), webhook('b')];
    second.apply(globalLimit, start);
    expect(first.service.reserveStart(start)).toBe(start + 20_000);
    second.apply(globalLimit, start + 10_000);
    expect(first.service.reserveStart(start + 10_000)).toBe(start + 30_000);
  });

  it.each([
    [0.5, 100],
    [0, 6_400],
  ])('leaves a process with the share %d one start in %i ms', (share, spacingMs) => {
    const { webhook } = aProcess(new MemoryLimits(), { share });
    webhook('c').apply(globalLimit, start);
    expect(webhook('a').service.reserveStart(start)).toBe(start + 20_000);
    expect(webhook('b').service.reserveStart(start)).toBe(start + 20_000 + spacingMs);
  });

  it('is logged and stored once, though many requests draw it', async () => {
    const { webhook, log, store } = aProcess();
    for (let i = 0; i < 20; i++) webhook(`t${i}`).apply(globalLimit, start + i);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(log.warn).toHaveBeenCalledTimes(1);
    expect(log.warn.mock.calls[0]?.[0]).toEqual({ service: 'discord.com', until: start + 20_000 });
    expect(store.saves).toHaveLength(1);
  });

  it('is known to a process that starts later', async () => {
    const one = aProcess();
    one.webhook('a').apply(globalLimit, start);
    await vi.advanceTimersByTimeAsync(50);
    const two = aProcess(one.store);
    const known = two.webhook('b');
    await two.limits.load();
    expect(known.service.pausedUntil).toBe(start + 20_000);
    expect(two.webhook('c').service.pausedUntil).toBe(start + 20_000);
  });
});

describe('a limit of a webhook of a service', () => {
  it('stops the webhooks with its URL alone, in all processes', async () => {
    const one = aProcess();
    const two = aProcess(one.store);
    const [same, other] = [two.webhook('a', 'acc_2'), two.webhook('b', 'acc_2')];
    expect(one.webhook('a').apply(ownLimit, start)).toBe(false);
    await vi.advanceTimersByTimeAsync(50);
    expect(one.webhook('a').limiter.notBefore).toBe(start + 20_000);
    expect(same.limiter.notBefore).toBe(start + 20_000);
    expect(other.limiter.notBefore).toBe(0);
    expect(same.service.pausedUntil).toBe(Number.NEGATIVE_INFINITY);
    expect(JSON.stringify(one.store.saves)).toMatch(/^\[\[\{"key":"route:[\w-]{22}","until":\d+\}\]\]$/);
    expect(one.log.warn).not.toHaveBeenCalled();
  });

  it('is not stored if it is over soon, or only the pace of the webhook', async () => {
    const { webhook, store } = aProcess();
    const spent = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '5' };
    webhook('a').apply(toResult(200, '', spent), start);
    webhook('b').apply(toResult(429, '{"retry_after": 0.249}'), start);
    expect(webhook('a').limiter.notBefore).toBe(start + 5_000);
    expect(webhook('b').limiter.notBefore).toBe(start + 249);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.saves).toEqual([]);
    webhook('b').apply(toResult(429, '{"retry_after": 0.25}'), start);
    await vi.advanceTimersByTimeAsync(50);
    expect(store.saves).toHaveLength(1);
  });

  it('covers all webhooks with its URL, which share one request at a time', () => {
    const { webhook } = aProcess();
    const [one, same, other] = [webhook('a'), webhook('a', 'acc_2'), webhook('b')];
    expect(one.limiter.isBusy).toBe(false);
    one.limiter.isBusy = true;
    expect([same.limiter.isBusy, other.limiter.isBusy]).toEqual([true, false]);
  });

  it('is the longest that any process has found, also for a webhook that is used later', () => {
    const { webhook, limits } = aProcess();
    limits.onLimits([{ key: 'address:discord.com', until: start + 900 }]);
    limits.onLimits([{ key: 'address:discord.com', until: start + 800 }]);
    expect(webhook('a').service.pausedUntil).toBe(start + 900);
  });

  it('never becomes shorter', () => {
    const { webhook, limits } = aProcess();
    const limited = webhook('a');
    limited.apply(ownLimit, start);
    limited.apply(toResult(429, '{"retry_after": 1}'), start);
    limits.onLimits([{ key: 'address:discord.com', until: start + 900 }]);
    limits.onLimits([{ key: 'address:discord.com', until: start + 800 }]);
    expect(limited.limiter.notBefore).toBe(start + 20_000);
    expect(limited.service.pausedUntil).toBe(start + 900);
    expect(webhook('b').service.pausedUntil).toBe(start + 900);
  });
});

describe('the share of an account in invalid requests', () => {
  const unauthorized = toResult(401, '{"code": 50027}');

  it('stops the webhooks of the account at the service in all processes, and no others', async () => {
    const one = aProcess(new MemoryLimits(), { invalidPauseMs: 60_000 });
    const two = aProcess(one.store);
    const known = two.webhook('z', 'acc_bad');
    expect(one.webhook('a', 'acc_bad').apply(unauthorized, start)).toBe(false);
    expect(one.webhook('b', 'acc_bad').service.pausedUntil).toBe(start + 60_000);
    expect(one.webhook('b', 'acc_bad').service.reserveStart(start)).toBe(start + 60_000);
    await vi.advanceTimersByTimeAsync(50);
    expect(known.service.pausedUntil).toBe(start + 60_000);
    for (const process of [one, two]) {
      expect(process.webhook('b', 'acc_good').service.reserveStart(start)).toBe(start);
      expect(process.webhook('b', 'acc_bad', 'https://chat.example').service.reserveStart(start)).toBe(start);
    }
    expect(one.invalidRequests.count.mock.calls).toEqual([['discord.com', 'acc_bad', start]]);
    expect(one.log.warn.mock.calls[0]?.[0]).toEqual({
      service: 'discord.com',
      accountId: 'acc_bad',
      until: start + 60_000,
    });
  });

  it('stops nothing while it lasts, and counts no other response', () => {
    const { webhook, invalidRequests } = aProcess();
    const sent = webhook('a');
    sent.apply(unauthorized, start);
    expect(sent.service.reserveStart(start)).toBe(start);
    expect(sent.service.pausedUntil).toBe(Number.NEGATIVE_INFINITY);
    sent.apply(toResult(200), start);
    sent.apply({ kind: 'unanswered', reason: 'timeout', detail: '', durationMs: 5 }, start);
    expect(invalidRequests.count).toHaveBeenCalledTimes(1);
  });

  it('reserves no start of the service while the account waits', () => {
    const { webhook } = aProcess(new MemoryLimits(), { invalidPauseMs: 60_000 });
    webhook('a', 'acc_bad').apply(unauthorized, start);
    webhook('a', 'acc_bad').apply(globalLimit, start);
    expect(webhook('b', 'acc_bad').service.reserveStart(start)).toBe(start + 60_000);
    expect(webhook('b', 'acc_good').service.reserveStart(start)).toBe(start + 20_000);
  });
});

describe('limits without a database', () => {
  it('hold in this process, and reach the others later', async () => {
    const { webhook, store, log } = aProcess();
    store.isAway = true;
    webhook('a').apply(globalLimit, start);
    await vi.advanceTimersByTimeAsync(60);
    expect(webhook('b').service.pausedUntil).toBe(start + 20_000);
    expect(log.debug).toHaveBeenCalledTimes(1);
    store.isAway = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.saves).toHaveLength(1);
  });

  it('are forgotten once they are over', async () => {
    const { webhook, store } = aProcess();
    store.isAway = true;
    webhook('a').apply(toResult(429, '{"retry_after": 0.5}'), start);
    await vi.advanceTimersByTimeAsync(1_060);
    store.isAway = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(store.saves).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are read again until that succeeds', async () => {
    const one = aProcess();
    one.webhook('a').apply(globalLimit, start);
    await vi.advanceTimersByTimeAsync(50);
    const two = aProcess(one.store);
    one.store.isAway = true;
    await two.limits.load();
    expect(two.webhook('b').service.pausedUntil).toBe(Number.NEGATIVE_INFINITY);
    one.store.isAway = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(two.webhook('b').service.pausedUntil).toBe(start + 20_000);
  });
});

it('stores many limits in parts of 200, and the rest when the process stops', async () => {
  const { webhook, limits, store, invalidRequests } = aProcess();
  for (let i = 0; i < 450; i++) webhook(`t${i}`).apply(ownLimit, start);
  await vi.advanceTimersByTimeAsync(50);
  expect(store.saves.map((batch) => batch.length)).toEqual([200]);
  await vi.advanceTimersByTimeAsync(50);
  expect(store.saves.map((batch) => batch.length)).toEqual([200, 200]);
  await limits.stop();
  expect(store.saves.map((batch) => batch.length)).toEqual([200, 200, 50]);
  expect(invalidRequests.stop).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('writes and reads nothing after the process stopped', async () => {
  const { webhook, limits, store } = aProcess();
  await limits.stop();
  expect(store.saves).toEqual([]);
  webhook('a').apply(globalLimit, start);
  store.isAway = true;
  await limits.load();
  expect(vi.getTimerCount()).toBe(0);
});
