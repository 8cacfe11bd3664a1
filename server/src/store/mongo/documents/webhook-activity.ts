import { noWebhookActivity, type WebhookCounts } from '../../../domain/webhook-activity.ts';

/** Missing fields are 0. */
export interface WebhookCountsDoc {
  attempts?: number;
  failedAttempts?: number;
  delivered?: number;
  failed?: number;
  cancelled?: number;
  /** By the index of the latency class. */
  durations?: Record<string, number>;
  statuses?: Record<string, number>;
  reasons?: Record<string, number>;
  /** By the event type, with `/` in place of each dot. */
  types?: Record<string, { attempts?: number; failedAttempts?: number }>;
}

/** Counts of one webhook in one hour (fine) or one day (coarse), by the index of the slot. */
export interface WebhookActivityDoc {
  _id: string;
  appId: string;
  expiresAt: Date;
  slots: Record<string, WebhookCountsDoc>;
}

/** A dot would make a path of the name. No name of a type has a slash. */
function toTypeKey(type: string): string {
  return type.replaceAll('.', '/');
}

export function toWebhookCounts(doc: WebhookCountsDoc): WebhookCounts {
  const counts = noWebhookActivity();
  counts.attempts = doc.attempts ?? 0;
  counts.failedAttempts = doc.failedAttempts ?? 0;
  counts.delivered = doc.delivered ?? 0;
  counts.failed = doc.failed ?? 0;
  counts.cancelled = doc.cancelled ?? 0;
  for (const [index, count] of Object.entries(doc.durations ?? {})) counts.durations[Number(index)] = count;
  for (const [status, count] of Object.entries(doc.statuses ?? {})) counts.statuses.set(status, count);
  for (const [reason, count] of Object.entries(doc.reasons ?? {})) counts.reasons.set(reason, count);
  for (const [key, { attempts = 0, failedAttempts = 0 }] of Object.entries(doc.types ?? {})) {
    counts.types.set(key.replaceAll('/', '.'), { attempts, failedAttempts });
  }
  return counts;
}

/** The counts as increments of the fields of a slot. */
export function toIncrements(slot: number, counts: WebhookCounts): [string, number][] {
  const { durations, statuses, reasons, types, ...totals } = counts;
  const increments: [string, number][] = [
    ...Object.entries(totals),
    ...durations.map((count, index): [string, number] => [`durations.${index}`, count]),
    ...[...statuses].map(([status, count]): [string, number] => [`statuses.${status}`, count]),
    ...[...reasons].map(([reason, count]): [string, number] => [`reasons.${reason}`, count]),
    ...[...types].flatMap(([type, { attempts, failedAttempts }]): [string, number][] => [
      [`types.${toTypeKey(type)}.attempts`, attempts],
      [`types.${toTypeKey(type)}.failedAttempts`, failedAttempts],
    ]),
  ];
  return increments
    .filter(([, count]) => count > 0)
    .map(([path, count]): [string, number] => [`slots.${slot}.${path}`, count]);
}
