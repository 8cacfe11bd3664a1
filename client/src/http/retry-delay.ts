/** What one wait between two attempts depends on. */
export interface DelayInput {
  /** How many attempts have failed, from 1. */
  readonly failures: number;
  /** What the server asked for, if it did. */
  readonly retryAfterMs: number | undefined;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** From 0 to 1. */
  readonly random: number;
}

/**
 * How long to wait before the next attempt. A random part of a doubling limit ("full jitter": clients that failed
 * together do not come back together), and never earlier than the server asked for.
 */
export function retryDelayMs({
  failures,
  retryAfterMs = 0,
  baseDelayMs,
  maxDelayMs,
  random,
}: DelayInput): number {
  // A subscription fails without end while the server is away; beyond 2^30 the doubling means nothing any more.
  const limit = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures - 1, 30));
  return retryAfterMs + random * limit;
}

/**
 * Reads a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date. Undefined when it is neither. Fractions of
 * seconds are not in the RFC, but are sent.
 */
export function parseRetryAfter(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  const value = text.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Number(value) * 1000;
  // Date.parse takes much that is no HTTP date ("-1", "2"); all three grammars of the RFC start with a day's name.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return undefined;
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
