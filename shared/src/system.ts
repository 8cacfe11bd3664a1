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
 * Whether the responding process sends deliveries:
 * - `ok`: it sends.
 * - `elsewhere`: it runs with ROLE=api, so workers send.
 * - `held`: sending is paused by DELIVERY_HOLD.
 * - `waiting_for_index`: sending starts when the indexes of the queue are built.
 */
export const deliveryState = z.enum(['ok', 'elsewhere', 'held', 'waiting_for_index']);
export type DeliveryState = z.output<typeof deliveryState>;

/**
 * A database index that is not ready:
 * - `building`: the build is in progress.
 * - `conflicting`: a different index has its name.
 * - `missing`: it was dropped while the server ran. The next start of any process creates it.
 */
export const indexStatus = z.object({
  /** Collection and index name, such as `deliveries.by_app`. */
  index: z.string(),
  state: z.enum(['building', 'conflicting', 'missing']),
  /** Progress of the current build phase, 0 to 100. Null if the database does not report it. */
  percent: z.int().nullable(),
});
export type IndexStatus = z.output<typeof indexStatus>;

/** Result of `system.stats`. */
export const systemStats = z.object({
  /** Counts over the time span. */
  totals: z.object({
    accepted: z.int(),
    delivered: z.int(),
    failed: z.int(),
    pending: z.int(),
    cancelled: z.int(),
  }),
  /** Share of finished deliveries that succeeded, 0 to 1. Null if none finished. */
  successRate: z.number().nullable(),
  /**
   * Time from acceptance to delivery over the newest deliveries of the span, in ms. Null if there is none.
   */
  latencyMs: z.object({ p50: z.number(), p99: z.number() }).nullable(),
  /** The queue at the time of the call. */
  queue: z.object({
    pending: z.int(),
    dueNow: z.int(),
    oldestDueAt: z.iso.datetime().nullable(),
    /** Whether there is more work than a call counts, so that `pending` and `dueNow` are lower bounds. */
    isCapped: z.boolean(),
  }),
  delivery: deliveryState,
  /** Indexes that are not ready, missing ones first. Empty if all are, and always empty for API keys. */
  indexes: z.array(indexStatus),
  /** The counts over time, oldest first. */
  series: z.array(z.object({ at: z.iso.datetime(), accepted: z.int(), delivered: z.int(), failed: z.int() })),
  /** Failing webhooks, worst first, at most 50. */
  failingWebhooks: z.array(webhookView),
});
export type SystemStats = z.output<typeof systemStats>;

/**
 * A discrepancy found by reconciliation:
 * - `event_without_delivery`: a delivery of the event is neither stored nor in the queue.
 * - `delivery_without_event`: the event of a delivery is missing, so its body is unknown.
 * - `pending_not_queued`: a pending delivery is not in the queue, so no process will claim it.
 * - `stuck_claim`: a lease expired at least a minute ago and no process has claimed it.
 */
export const auditFinding = z.object({
  kind: z.enum(['event_without_delivery', 'delivery_without_event', 'pending_not_queued', 'stuck_claim']),
  /** Id of the event or delivery. */
  id: z.string(),
  /** The discrepancy as a sentence. */
  detail: z.string(),
});
export type AuditFinding = z.output<typeof auditFinding>;

/** Input of `system.audit`. */
export const systemAuditInput = z.strictObject({
  /**
   * Only events accepted at or after this time, ISO 8601. Events that retention may have removed are left
   * out.
   * @default one day before `to`
   */
  from: z.iso.datetime().optional(),
  /**
   * Only events accepted before this time, ISO 8601.
   * @default the time of the call
   */
  to: z.iso.datetime().optional(),
  /** The `next` of the previous result, to continue in the same window. */
  after: eventId.optional(),
});

/**
 * Result of `system.audit`: the reconciliation of a window. Without discrepancies,
 * expected = delivered + pending + failed + cancelled.
 */
export const systemAudit = z.object({
  window: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  /** Number of events checked. */
  events: z.int(),
  /** Number of expected deliveries: one for each event and each webhook it matched. */
  expected: z.int(),
  delivered: z.int(),
  pending: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  /** The counts by status and reason, most frequent first. */
  reasons: z.array(z.object({ status: deliveryStatus, reason: z.string(), count: z.int() })),
  /** Number of discrepancies. 0 if every delivery is accounted for. */
  unexplained: z.int(),
  /** The discrepancies, at most 1,000. */
  findings: z.array(auditFinding),
  /** Pass as `after` to continue: a call checks at most 50,000 events. Null at the end of the window. */
  next: z.string().nullable(),
});
export type SystemAudit = z.output<typeof systemAudit>;
