const dayMs = 86_400_000;

export const failureSpans = [
  { value: 'today', label: 'today' },
  { value: 'yesterday', label: 'since yesterday' },
  { value: 'week', label: 'in the last 7 days' },
  { value: 'month', label: 'in the last 30 days' },
] as const;

export type FailureSpan = (typeof failureSpans)[number]['value'];

const days: Record<FailureSpan, number> = { today: 0, yesterday: 1, week: 7, month: 30 };

/** Returns the start of a span: midnight in the local time zone, so that it stays the same while it is shown. */
export function toSpanStart(span: FailureSpan, now = Date.now()): string {
  const start = new Date(now - days[span] * dayMs);
  start.setHours(0, 0, 0, 0);
  return start.toISOString();
}
