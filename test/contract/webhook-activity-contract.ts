import { describe, expect, it } from 'vitest';
import {
  coarseSlotMs,
  countAttempt,
  fineSlotMs,
  noWebhookActivity,
  type CountedAttempt,
  type WebhookCounts,
} from '../../server/src/domain/webhook-activity.ts';
import type { StoresHarness } from './stores-harness.ts';

const webhook = { webhookId: 'wh_a', appId: 'app_a', accountId: 'acc_a' };
/** The start of a day. */
const day = Date.UTC(2026, 10, 20);

const succeeded: CountedAttempt = {
  status: 'delivered',
  type: 'invoice.paid',
  attempt: { statusCode: 200, reason: null, durationMs: 40 },
};
const timedOut: CountedAttempt = {
  status: 'pending',
  type: 'user.login',
  attempt: { statusCode: null, reason: 'timeout', durationMs: 10_000 },
};

function countsOf(...attempts: readonly CountedAttempt[]): WebhookCounts {
  const counts = noWebhookActivity();
  for (const attempt of attempts) countAttempt(counts, attempt);
  return counts;
}

/** The charts of one webhook. */
export function webhookActivityContract(name: string, open: () => StoresHarness): void {
  describe(`${name}: the activity of a webhook`, () => {
    it('adds what is saved, by status, reason and type', async () => {
      await using h = open();
      const slot = (...attempts: readonly CountedAttempt[]) => ({ at: day, counts: countsOf(...attempts) });
      await h.webhookActivity.add([{ ...webhook, slots: [slot(succeeded, timedOut)] }]);
      await h.webhookActivity.add([
        { ...webhook, slots: [slot(succeeded)] },
        { ...webhook, webhookId: 'wh_b', slots: [slot(timedOut)] },
      ]);
      const [found, ...more] = await h.webhookActivity.read('wh_a', 'fine', day, day);
      expect(more).toEqual([]);
      expect(found).toEqual({ at: day, counts: countsOf(succeeded, timedOut, succeeded) });
      expect(found?.counts.statuses).toEqual(
        new Map([
          ['200', 2],
          ['none', 1],
        ]),
      );
      expect(found?.counts.types.get('invoice.paid')).toEqual({ attempts: 2, failedAttempts: 0 });
    });

    it('reads slots of two widths from a time on', async () => {
      await using h = open();
      const times = [day, day + fineSlotMs, day + coarseSlotMs, day + 25 * coarseSlotMs];
      const slots = times.map((at) => ({ at, counts: countsOf(succeeded) }));
      await h.webhookActivity.add([{ ...webhook, slots }]);
      const read = async (width: 'fine' | 'coarse', since: number) => {
        const found = await h.webhookActivity.read('wh_a', width, since, day + 48 * coarseSlotMs);
        return found
          .map(({ at, counts }) => [(at - day) / fineSlotMs, counts.attempts])
          .sort(([a = 0], [b = 0]) => a - b);
      };
      expect(await read('fine', day)).toEqual([
        [0, 1],
        [1, 1],
        [12, 1],
        [300, 1],
      ]);
      expect(await read('fine', day + 1)).toHaveLength(3);
      expect(await read('coarse', day)).toEqual([
        [0, 2],
        [12, 1],
        [300, 1],
      ]);
      expect(await read('coarse', day + coarseSlotMs)).toHaveLength(2);
    });
  });
}
