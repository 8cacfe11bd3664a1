import { describe, expect, it } from 'vitest';
import type { Actor } from '../../../../../server/src/domain/access.ts';
import {
  SubscriptionPlaces,
  type SubscriptionLimits,
} from '../../../../../server/src/services/events/live/subscription-places.ts';
import { keyActor, rootActor } from '../../../../support/actors.ts';
import { FakeClock } from '../../../../support/clock.ts';

const limits: SubscriptionLimits = {
  total: 100,
  forOperator: 4,
  perAccount: 20,
  perKey: 8,
  openingBurst: 1_000,
  openingsPerSecond: 10,
};

function placesWith(change: Partial<SubscriptionLimits> = {}) {
  const clock = new FakeClock();
  const rejections: string[] = [];
  const places = new SubscriptionPlaces(
    { clock, onRejected: (reason) => rejections.push(reason) },
    { ...limits, ...change },
  );
  return { places, clock, rejections };
}

const keyOf = (accountId: string, key: number): Actor =>
  ({ ...keyActor(accountId), keyId: `key_${key}` }) as Actor; // spreading loses which kind it is

/** Takes places until one is rejected. Returns what gives them back. */
function takeAll(places: SubscriptionPlaces, actor: Actor): (() => void)[] {
  const taken: (() => void)[] = [];
  try {
    for (;;) taken.push(places.take(actor));
  } catch {
    return taken;
  }
}

describe('the places of live subscriptions', () => {
  it('limits a key, then its account, and names the limit', () => {
    const { places, rejections } = placesWith();
    expect(takeAll(places, keyOf('acc_a', 1))).toHaveLength(8);
    expect(() => places.take(keyOf('acc_a', 1))).toThrow(
      'this key already has 8 live subscriptions, the maximum; retry in 10 s',
    );
    const all = [2, 3, 4].flatMap((key) => takeAll(places, keyOf('acc_a', key)));
    expect(all).toHaveLength(12);
    expect(rejections).toEqual(['key_limit', 'key_limit', 'key_limit', 'account_limit', 'account_limit']);
    expect(() => places.take(keyOf('acc_a', 5))).toThrow(
      'this account already has 20 live subscriptions, the maximum at present; retry in 10 s',
    );
    expect(() => places.take(keyOf('acc_a', 5))).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', retryAfterSeconds: 10 }),
    );
  });

  it('keeps places for new accounts and for the operator, however many accounts take all they can', () => {
    const { places, rejections } = placesWith({ perKey: 100, perAccount: 100 });
    const counts = Array.from({ length: 8 }, (_, n) => takeAll(places, keyOf(`acc_${n}`, n)).length);
    expect(counts).toEqual([48, 24, 12, 6, 3, 2, 1, 0]);
    expect(rejections.at(-1)).toBe('process_limit');
    expect(() => places.take(keyOf('acc_late', 99))).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE', retryAfterSeconds: 10 }),
    );
    expect(takeAll(places, rootActor)).toHaveLength(4);
    expect(() => places.take(rootActor)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
    expect(() => places.take(rootActor)).toThrow(
      'this process already has 100 live subscriptions, the maximum; retry in 10 s',
    );
  });

  it('frees a place once, for the key and the account', () => {
    const { places } = placesWith();
    const taken = takeAll(places, keyOf('acc_a', 1));
    taken[0]?.();
    taken[0]?.();
    expect(places.taken).toBe(7);
    expect(takeAll(places, keyOf('acc_a', 1))).toHaveLength(1);
    for (const giveBack of taken) giveBack();
    expect(places.taken).toBe(1);
  });

  it('limits how fast an account opens them, also if each is closed at once', () => {
    const { places, clock, rejections } = placesWith({ openingBurst: 5 });
    const openings = () => {
      let count = 0;
      for (let n = 0; n < 50; n++) {
        try {
          places.take(keyOf('acc_a', n))();
          count++;
        } catch {
          continue;
        }
      }
      return count;
    };
    expect(openings()).toBe(5);
    expect(rejections.at(-1)).toBe('opening_rate');
    expect(() => places.take(keyOf('acc_a', 1))).toThrow(
      'this account opens more than 10 live subscriptions per second; retry in 10 s',
    );
    clock.advance(300);
    expect(openings()).toBe(3);
    places.take(keyOf('acc_b', 1));
    places.take(rootActor);
  });
});
