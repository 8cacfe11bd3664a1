import { describe, expect, it } from 'vitest';
import { TestTurns } from '../../../../server/src/services/webhooks/test-turns.ts';
import { aWebhook } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/clock.ts';

/** Test pings of one process over a store in memory. */
function turnsWith({ turn }: { readonly turn: (() => void) | number | undefined } = { turn: () => {} }) {
  const clock = new FakeClock();
  const nextAt = new Map<string, number>();
  const turns = new TestTurns(
    {
      endpoints: { takeTurn: () => turn },
      store: {
        take: (id, now, until) => {
          const next = nextAt.get(id) ?? 0;
          if (next > now) return Promise.resolve(next);
          nextAt.set(id, until);
          return Promise.resolve(undefined);
        },
        end: (id, _, next) => Promise.resolve(void nextAt.set(id, next)),
      },
      clock,
    },
    { deliveryTimeoutMs: 10_000 },
  );
  return { turns, clock, nextAt };
}

const limited = (retryAfterSeconds: number) => ({ code: 'RATE_LIMITED', retryAfterSeconds });

describe('the turns of test pings', () => {
  it('allow one at a time for a webhook, and the next when its rate limit does', async () => {
    const { turns, clock } = turnsWith();
    const webhook = aWebhook({ accountId: 'acc_a', rateLimit: 0.1 });
    const turn = await turns.take(webhook);
    await expect(turns.take(webhook)).rejects.toMatchObject(limited(15));
    clock.advance(1_000);
    await turn.end();
    await expect(turns.take(webhook)).rejects.toMatchObject(limited(9));
    await expect(turns.take(webhook)).rejects.toThrow(
      `webhook ${webhook.id} has a rate limit of 0.1 requests per second, one test ping at a time; retry in 9 s`,
    );
    clock.advance(9_000);
    await turns.take(webhook);
  });

  it('allow the next at once without a rate limit', async () => {
    const { turns } = turnsWith();
    const webhook = aWebhook({ accountId: 'acc_a' });
    await (await turns.take(webhook)).end();
    await (await turns.take(webhook)).end();
  });

  it('allow four at a time for an account, whatever the number of its webhooks', async () => {
    const { turns } = turnsWith();
    const all = Array.from({ length: 90 }, () => turns.take(aWebhook({ accountId: 'acc_a' })));
    const results = await Promise.allSettled(all);
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(started).toHaveLength(4);
    expect(results.at(-1)).toMatchObject({ reason: limited(1) });
    await turns.take(aWebhook({ accountId: 'acc_b' }));
    await started[0]?.end();
    await turns.take(aWebhook({ accountId: 'acc_a' }));
  });

  it('allow an account sixty in a row and then five per second', async () => {
    const { turns, clock } = turnsWith();
    const ping = async () => await (await turns.take(aWebhook({ accountId: 'acc_a' }))).end();
    for (let n = 0; n < 60; n++) await ping();
    await expect(ping()).rejects.toMatchObject(limited(1));
    clock.advance(1_000);
    for (let n = 0; n < 5; n++) await ping();
    await expect(ping()).rejects.toMatchObject(limited(1));
  });

  it('give everything back if the endpoint has no turn', async () => {
    const clock = new FakeClock();
    const { turns, nextAt } = turnsWith({ turn: clock.now() + 2_500 });
    const webhook = aWebhook({ accountId: 'acc_a', rateLimit: 0.4 });
    for (let n = 0; n < 100; n++) await expect(turns.take(webhook)).rejects.toMatchObject(limited(3));
    expect(nextAt.get(webhook.id)).toBe(clock.now());
    const busy = turnsWith({ turn: undefined });
    await expect(busy.turns.take(webhook)).rejects.toMatchObject(limited(1));
  });
});
