import * as z from 'zod';
import { webhookView } from './webhook.ts';

/** Spans that statistics are given for, in hours. */
export const statsHours = z.union([z.literal(1), z.literal(24), z.literal(168)]);

/**
 * Whether the process that answers sends: `elsewhere` with ROLE=api, `held` with DELIVERY_HOLD, `waiting_for_index` while the
 * indexes of the queue are built.
 */
export const deliveryState = z.enum(['ok', 'elsewhere', 'held', 'waiting_for_index']);
export type DeliveryState = z.output<typeof deliveryState>;

export const systemStats = z.object({
  totals: z.object({
    accepted: z.int(),
    delivered: z.int(),
    failed: z.int(),
    pending: z.int(),
    cancelled: z.int(),
  }),
  /** Delivered among those that ended, 0 to 1; null when none ended. */
  successRate: z.number().nullable(),
  /** From acceptance to delivery, over the newest deliveries of the span; null when there is none. */
  latencyMs: z.object({ p50: z.number(), p99: z.number() }).nullable(),
  queue: z.object({ pending: z.int(), dueNow: z.int(), oldestDueAt: z.iso.datetime().nullable() }),
  delivery: deliveryState,
  series: z.array(z.object({ at: z.iso.datetime(), accepted: z.int(), delivered: z.int(), failed: z.int() })),
  /** Worst first, at most 50. */
  failingWebhooks: z.array(webhookView),
});
export type SystemStats = z.output<typeof systemStats>;
