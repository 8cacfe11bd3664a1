import * as z from 'zod';
import { appId, eventId } from './ids.ts';
import { deliveryStatus } from './delivery.ts';
import { webhookView } from './webhook.ts';

/** Spans of the statistics, in hours. */
const statsHours = z.union([z.literal(1), z.literal(24), z.literal(168)]);

/** Statistics of one app, or of every app the caller can see. */
export const statsInput = z
  .strictObject({ appId: appId.optional(), hours: statsHours.default(24) })
  .prefault({});
export type StatsInput = z.output<typeof statsInput>;

/**
 * Whether the process that answers sends: `elsewhere` with ROLE=api, `held` with DELIVERY_HOLD, `waiting_for_index` while the
 * indexes of the queue are built.
 */
export const deliveryState = z.enum(['ok', 'elsewhere', 'held', 'waiting_for_index']);
export type DeliveryState = z.output<typeof deliveryState>;

/**
 * An index of the database that is not as it should be. `missing`: somebody dropped it since the start; the next start of any
 * process makes it anew. `conflicting`: another index has its name.
 */
export const indexStatus = z.object({
  /** `deliveries.by_app`. */
  index: z.string(),
  state: z.enum(['building', 'conflicting', 'missing']),
  /** Of the present phase of a build; null when the database does not tell. */
  percent: z.int().nullable(),
});
export type IndexStatus = z.output<typeof indexStatus>;

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
  /** What is missing first; empty when all stand. The operator's alone: for a key it is always empty. */
  indexes: z.array(indexStatus),
  series: z.array(z.object({ at: z.iso.datetime(), accepted: z.int(), delivered: z.int(), failed: z.int() })),
  /** Worst first, at most 50. */
  failingWebhooks: z.array(webhookView),
});
export type SystemStats = z.output<typeof systemStats>;

/**
 * What the conservation check found:
 * - `event_without_delivery`: an event owes a webhook a delivery that is neither recorded nor in the queue;
 * - `delivery_without_event`: nobody can say what was sent, or send it;
 * - `pending_not_queued`: a delivery that is pending and that nobody will claim;
 * - `stuck_claim`: a lease that ended a minute ago and that nobody took over.
 */
export const auditFinding = z.object({
  kind: z.enum(['event_without_delivery', 'delivery_without_event', 'pending_not_queued', 'stuck_claim']),
  id: z.string(),
  detail: z.string(),
});
export type AuditFinding = z.output<typeof auditFinding>;

export const systemAuditInput = z.strictObject({
  /** Events accepted at or after. Unset: a day before `to`. What retention may have touched is left out. */
  from: z.iso.datetime().optional(),
  /** Events accepted before. Unset: now. */
  to: z.iso.datetime().optional(),
  /** `next` of the answer before, to go on with the same window. */
  after: eventId.optional(),
});

/** For the events of a window: expected = delivered + pending + failed + cancelled + those that are lost. */
export const systemAudit = z.object({
  window: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  events: z.int(),
  /** One for each event and each webhook that it matched. */
  expected: z.int(),
  delivered: z.int(),
  pending: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  /** The same by reason, most first. */
  reasons: z.array(z.object({ status: deliveryStatus, reason: z.string(), count: z.int() })),
  /** How much was found. 0 when all is accounted for. */
  unexplained: z.int(),
  /** At most 1,000. */
  findings: z.array(auditFinding),
  /** Where to go on: a call looks at 50,000 events at most. Null at the end of the window. */
  next: z.string().nullable(),
});
export type SystemAudit = z.output<typeof systemAudit>;
